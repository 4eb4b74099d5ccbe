using Oith.Tests.Fixtures;

namespace Oith.Tests.Console;

/// <summary>What the page's modules compute, run in the browser that they are for.</summary>
[Collection(OithStackCollection.Name)]
public sealed class ConsoleModuleTests(OithStackFixture fixture, BrowserFixture browser)
{
    [Fact]
    public async Task Layout_Puts_No_Two_Boxes_Onto_Each_Other_And_Every_Link_Forward_Downwards()
    {
        const string Script = """
            async () => {
              const { layout } = await import('/_console/js/layout.js');
              const faults = [];
              let seed = 7;
              const random = n => (seed = seed * 48271 % 2147483647) % n;
              for (let run = 0; run < 200; run++) {
                const boxes = Array.from({ length: 2 + random(14) }, (_, i) => ({ id: 's' + i, width: 60 + random(200), height: 24 + random(300) }));
                const links = boxes.slice(1).map((box, i) => ({ from: 's' + random(i + 1), to: box.id }));
                for (let extra = random(8); extra > 0; extra--) links.push({ from: 's' + random(boxes.length), to: 's' + random(boxes.length) });
                const { width, height } = layout(boxes, links);
                boxes.forEach((a, i) => {
                  if (a.x < -0.01 || a.y < 0 || a.x + a.width > width + 0.01 || a.y + a.height > height + 0.01) faults.push('outside ' + run);
                  boxes.slice(i + 1).forEach(b => {
                    if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height) faults.push('overlap ' + run);
                  });
                });
                if (links.some(link => !link.points || link.points.some(point => point.some(Number.isNaN)))) faults.push('no way ' + run);
              }
              return faults;
            }
            """;
        await using var window = await ConsoleWindow.OpenAsync(browser, fixture.Stack.Endpoint);

        Assert.Empty(await window.Page.EvaluateAsync<string[]>(Script));
    }

    [Fact]
    public async Task Dashboard_Shorthands_Are_Written_Out()
    {
        const string Script = """
            async () => {
              const { expand } = await import('/_console/js/metrics.js');
              return expand([
                ['AWS/SQS', 'Sent', 'QueueName', 'a', { stat: 'Sum' }],
                ['.', 'Deleted', '.', '.'],
                ['...', 'b'],
                [{ expression: 'm1 + m2' }],
              ]).map(metric => metric.id + ' ' + metric.names.join(' '));
            }
            """;
        await using var window = await ConsoleWindow.OpenAsync(browser, fixture.Stack.Endpoint);

        Assert.Equal(
            ["m1 AWS/SQS Sent QueueName a", "m2 AWS/SQS Deleted QueueName a", "m3 AWS/SQS Deleted QueueName b", "e4 "],
            await window.Page.EvaluateAsync<string[]>(Script));
    }

    [Fact]
    public async Task Redrawing_Keeps_Focus_And_What_Was_Typed()
    {
        const string Script = """
            async () => {
              const { h, patch } = await import('/_console/js/dom.js');
              const root = h('div');
              document.body.append(root);
              const draw = keys => patch(root, keys.map(key => h('p', { 'data-key': key }, h('input', { name: key }), key)));
              draw(['a', 'b']);
              const input = root.querySelector('[name=b]');
              input.focus();
              input.value = 'typed';
              draw(['c', 'b', 'a']);
              const order = [...root.children].map(child => child.textContent).join('');
              const kept = root.querySelector('[name=b]') === input && input.value;
              const focused = document.activeElement === input;
              draw(['a']);
              const left = root.children.length;
              root.remove();
              return [order, kept, String(focused), String(left)];
            }
            """;
        await using var window = await ConsoleWindow.OpenAsync(browser, fixture.Stack.Endpoint);

        Assert.Equal(["cba", "typed", "true", "1"], await window.Page.EvaluateAsync<string[]>(Script));
    }
}
