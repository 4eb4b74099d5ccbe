using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using CsCheck;

namespace Oith.StressTest.Fuzz.Cloud;

/// <summary>
/// Draws inputs of operations from their shapes: mostly what the model allows, with names from a small pool and values that earlier answers
/// gave, so that calls meet existing resources; else bounds, wrong types and <see cref="Oddities"/>.
/// </summary>
internal sealed class TypedValues
{
    private const int Names = 6;
    private const int MostKept = 200;
    private const int DeepestShape = 7;
    private const int LongestPoll = 1;

    // What an answer calls a value is what an input calls it: QueueUrl, taskToken, UploadId.
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _answers = new(StringComparer.OrdinalIgnoreCase);

    public JsonObject Input(OperationModel operation, PCG random) =>
        operation.InputShape is { } shape ? Structure(operation.Service, operation.Service.Shape(shape), random, 0) : [];

    /// <summary>Keeps an answer's texts for later inputs.</summary>
    public void Learn(JsonNode? node, string name = "")
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (member, value) in members)
                {
                    Learn(value, member);
                }

                break;
            case JsonArray items:
                foreach (var item in items.Take(3))
                {
                    Learn(item, name);
                }

                break;
            case JsonValue value when value.TryGetValue<string>(out var text) && text.Length is > 0 and < 2000:
                var kept = _answers.GetOrAdd(name, static _ => new());
                kept.Enqueue(text);
                if (kept.Count > MostKept)
                {
                    kept.TryDequeue(out _);
                }

                break;
        }
    }

    private JsonObject Structure(ServiceModel service, JsonObject shape, PCG random, int depth)
    {
        var required = (shape["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>()).ToHashSet();
        var result = new JsonObject();
        foreach (var (name, member) in shape["members"]!.AsObject())
        {
            var chance = depth > DeepestShape ? 0u : required.Contains(name) ? 95u : 22u;
            if (random.Next(100) < chance)
            {
                result[name] = Value(service, member!["shape"]!.GetValue<string>(), name, random, depth + 1);
            }
        }

        if (random.Next(60) == 0)
        {
            result["Unknown"] = Oddities.Anything(random);
        }

        return result;
    }

    private JsonNode? Value(ServiceModel service, string shapeName, string member, PCG random, int depth)
    {
        if (random.Next(40) == 0)
        {
            return Oddities.Anything(random);
        }

        var shape = service.Shape(shapeName);
        var type = shape["type"]!.GetValue<string>();
        switch (type)
        {
            case "structure":
                return Structure(service, shape, random, depth);
            case "list":
                var item = shape["member"]!["shape"]!.GetValue<string>();
                return new JsonArray([.. Enumerable.Range(0, Length(shape, random, depth)).Select(_ => Value(service, item, Singular(member), random, depth + 1))]);
            case "map":
                return Map(service, shape, random, depth);
            case "string":
                return Text(shape, shapeName, member, random);
            case "integer" or "long":
                return Whole(shape, member, random);
            case "double" or "float" or "bigdecimal":
                return random.Next(4) == 0 ? Oddities.Number(random) : random.Next(1000) / 4.0;
            case "boolean":
                return random.Next(2) == 0;
            case "timestamp":
                return random.Next(4) == 0 ? Oddities.Number(random) : 1_700_000_000 + random.Next(200_000_000);
            default:
                return random.Next(6) == 0 ? Oddities.Text(random) : Convert.ToBase64String(new byte[random.Next(200)]);
        }
    }

    private JsonObject Map(ServiceModel service, JsonObject shape, PCG random, int depth)
    {
        var result = new JsonObject();
        var key = shape["key"]!["shape"]!.GetValue<string>();
        for (var left = Length(shape, random, depth); left > 0; left--)
        {
            var name = Text(service.Shape(key), key, "Name", random);
            result[name] = Value(service, shape["value"]!["shape"]!.GetValue<string>(), name, random, depth + 1);
        }

        return result;
    }

    private static int Length(JsonObject shape, PCG random, int depth) => depth > DeepestShape ? 0 : random.Next(40) switch
    {
        0 => (int)Math.Min((shape["max"]?.GetValue<long>() ?? 100) + 1, 300),
        < 8 => 0,
        < 30 => 1,
        _ => 2,
    };

    private string Text(JsonObject shape, string shapeName, string member, PCG random)
    {
        var draw = random.Next(100);
        if (shape["enum"] is JsonArray values && draw < 90)
        {
            return values[(int)random.Next((uint)values.Count)]!.GetValue<string>();
        }

        if (Oddities.DocumentFor(member, random) is { } document && draw < 80)
        {
            return Oddities.Mutated(document, random);
        }

        if (draw < 40 && (Kept(member, random) ?? Kept(shapeName, random)) is { } known)
        {
            return known;
        }

        if (draw < 85)
        {
            return $"fuzz-{random.Next(Names)}";
        }

        var maximum = Math.Min(shape["max"]?.GetValue<long>() ?? 100, 100_000);
        return random.Next(8) == 0 ? new string('a', (int)maximum + (int)random.Next(2)) : Oddities.Text(random);
    }

    private string? Kept(string name, PCG random)
    {
        if (!_answers.TryGetValue(name, out var kept) || kept.IsEmpty)
        {
            return null;
        }

        var all = kept.ToArray();
        return all[random.Next((uint)all.Length)];
    }

    private static JsonNode Whole(JsonObject shape, string member, PCG random)
    {
        // A long poll is as slow as it is asked to be.
        if (member is "WaitTimeSeconds" or "waitTimeSeconds")
        {
            return random.Next(LongestPoll + 1);
        }

        var (minimum, maximum) = (shape["min"]?.GetValue<long>(), shape["max"]?.GetValue<long>());
        return random.Next(10) switch
        {
            0 when minimum is { } least => least - 1,
            1 when maximum is { } most => most + 1,
            2 when maximum is { } most => most,
            3 => Oddities.Number(random),
            _ => minimum.GetValueOrDefault() + random.Next(10),
        };
    }

    private static string Singular(string member) => member.EndsWith('s') ? member[..^1] : member;
}
