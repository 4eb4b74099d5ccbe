using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Faults;

/// <summary>Lets the faults that are set strike calls of LocalCloud's services.</summary>
internal sealed class FaultInjector(FaultSwitch faults, TimeProvider time)
{
    public bool IsOn => faults.IsOn;

    /// <summary>Carries out a call that may be struck.</summary>
    /// <exception cref="AwsServiceException">The fault's error, or what the service answered.</exception>
    public async ValueTask InvokeAsync(IAwsService service, AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var strike = faults.Draw(call.Service, call.Operation, call.Input);
        await StrikeAsync(strike, call.Service, cancellationToken);
        if (strike.Action == FaultAction.Redeliver && call.Operation == "ReceiveMessage")
        {
            await RedeliverAsync(service, call, output, cancellationToken);
        }
        else
        {
            await service.InvokeAsync(call, output, cancellationToken);
        }
    }

    /// <summary>Strikes a request that has no operation's name: S3's over HTTP.</summary>
    public async ValueTask StrikeAsync(string service, CancellationToken cancellationToken) =>
        await StrikeAsync(faults.Draw(service, ""), service, cancellationToken);

    private async ValueTask StrikeAsync(FaultStrike strike, string service, CancellationToken cancellationToken)
    {
        if (strike.Latency > TimeSpan.Zero)
        {
            await Task.Delay(strike.Latency, time, cancellationToken);
        }

        if (strike.ErrorCode is not null)
        {
            throw FaultErrors.Of(service, strike.ErrorCode);
        }
    }

    // The receiver keeps its messages and handles; the queue already offers them to the next one.
    private static async ValueTask RedeliverAsync(IAwsService service, AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        await using (var writer = new Utf8JsonWriter(buffer))
        {
            await service.InvokeAsync(call, writer, cancellationToken);
        }

        if (buffer.WrittenCount == 0)
        {
            return;
        }

        output.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
        using var answer = JsonDocument.Parse(buffer.WrittenMemory);
        if (!answer.RootElement.TryGetProperty("Messages", out var messages))
        {
            return;
        }

        foreach (var message in messages.EnumerateArray())
        {
            var input = new JsonObject
            {
                ["QueueUrl"] = call.OptionalString("QueueUrl"),
                ["ReceiptHandle"] = message.GetProperty("ReceiptHandle").GetString(),
                ["VisibilityTimeout"] = 0,
            };
            using var document = JsonInput.ToDocument(input);
            await using var nothing = new Utf8JsonWriter(new ArrayBufferWriter<byte>());
            await service.InvokeAsync(new AwsCall(call.Service, "ChangeMessageVisibility", document.RootElement), nothing, cancellationToken);
        }
    }
}
