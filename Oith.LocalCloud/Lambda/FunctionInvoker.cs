using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>The operation Invoke: <c>RequestResponse</c>, <c>Event</c> and <c>DryRun</c>.</summary>
internal sealed class FunctionInvoker(FunctionStore store, FunctionProcess process, AsynchronousInvocations asynchronous, LambdaTelemetry telemetry, TimeProvider time)
{
    private const int MaximumPayload = 6 * 1024 * 1024;
    private const int MaximumAsynchronousPayload = 1024 * 1024;

    public async ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var (target, settings) = Resolve(FunctionName.Of(call));
        var payload = PayloadOf(call);
        var invocation = new Invocation(target, call.RequestId, payload, call.OptionalString("ClientContext"), call.TraceParent ?? Activity.Current?.Id);
        switch (call.OptionalString("InvocationType") ?? "RequestResponse")
        {
            case "RequestResponse":
                if (payload.Length > MaximumPayload)
                {
                    throw new AwsServiceException(
                        "RequestEntityTooLargeException",
                        $"Request must be smaller than {MaximumPayload} bytes for the InvokeFunction operation",
                        System.Net.HttpStatusCode.RequestEntityTooLarge);
                }

                await AnswerAsync(invocation, call.OptionalString("LogType") == "Tail", output, cancellationToken);
                break;
            case "Event":
                if (payload.Length > MaximumAsynchronousPayload)
                {
                    throw LambdaErrors.PayloadTooLarge(payload.Length, "Event", MaximumAsynchronousPayload);
                }

                // The caller's buffer ends with the call; the event outlives it.
                asynchronous.Enqueue(invocation with { Payload = payload.ToArray() }, settings, RunAsync);
                WriteStatus(output, StatusCodes.Status202Accepted);
                break;
            case "DryRun":
                WriteStatus(output, StatusCodes.Status204NoContent);
                break;
            case var other:
                throw LambdaErrors.Constraint(other, "invocationType", "Member must satisfy enum value set: [Event, RequestResponse, DryRun]");
        }
    }

    /// <summary>Runs an invocation.</summary>
    /// <exception cref="AwsServiceException">TooManyRequestsException when the reserved concurrency is used up.</exception>
    private async Task<(FunctionResult Result, TimeSpan Duration)> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var target = invocation.Target;
        if (!target.Function.Concurrency.TryEnter(target.Function.ReservedConcurrency))
        {
            telemetry.Throttled(target);
            throw LambdaErrors.Throttled();
        }

        telemetry.Started(target, target.Function.Concurrency.Running);
        using var activity = LambdaTelemetry.Source.StartActivity($"invoke {target.Name}", ActivityKind.Client, TraceContext.Parse(invocation.TraceParent));
        activity?.SetTag("faas.invoked_name", target.Name).SetTag("faas.version", target.Version).SetTag("faas.invocation_id", invocation.RequestId);
        var started = time.GetTimestamp();
        try
        {
            var result = await process.RunAsync(
                target, invocation.RequestId, invocation.Payload, invocation.ClientContext, invocation.TraceParent, cancellationToken);
            var duration = time.GetElapsedTime(started);
            telemetry.Finished(target, duration, result.IsError);
            if (result.IsError)
            {
                activity?.SetStatus(ActivityStatusCode.Error, Encoding.UTF8.GetString(result.Payload.Span));
            }

            return (result, duration);
        }
        finally
        {
            target.Function.Concurrency.Leave();
        }
    }

    private async Task AnswerAsync(Invocation invocation, bool withLog, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var (result, duration) = await RunAsync(invocation, cancellationToken);
        output.WriteStartObject();
        output.WriteNumber("StatusCode", StatusCodes.Status200OK);
        if (result.IsError)
        {
            output.WriteString("FunctionError", "Unhandled");
        }

        if (withLog)
        {
            output.WriteString("LogResult", Convert.ToBase64String(Encoding.UTF8.GetBytes(LogTail(invocation, result, duration))));
        }

        output.WriteString("ExecutedVersion", invocation.Target.Version);
        output.WritePropertyName("Payload");
        output.WriteRawValue(result.Payload.Span, skipInputValidation: true);
        output.WriteEndObject();
    }

    private (InvocationTarget Target, AsynchronousSettings Settings) Resolve(FunctionName name)
    {
        lock (store.Lock)
        {
            var function = store.Get(name);
            var configuration = function.Find(name.Qualifier) ?? throw LambdaErrors.FunctionNotFound(store.ArnOf(name));
            return (function.TargetOf(configuration), AsynchronousSettings.Of(function.EventInvokeConfigs.GetValueOrDefault(name.Qualifier ?? FunctionName.Latest)));
        }
    }

    private static ReadOnlyMemory<byte> PayloadOf(AwsCall call) =>
        call.Input.TryGetProperty("Payload", out var payload) ? JsonMarshal.GetRawUtf8Value(payload).ToArray() : "{}"u8.ToArray();

    private static void WriteStatus(Utf8JsonWriter output, int status)
    {
        output.WriteStartObject();
        output.WriteNumber("StatusCode", status);
        output.WriteEndObject();
    }

    private static string LogTail(Invocation invocation, FunctionResult result, TimeSpan duration)
    {
        var id = invocation.RequestId;
        var error = result.IsError ? $"[ERROR] {Encoding.UTF8.GetString(result.Payload.Span)}\n" : "";
        var milliseconds = duration.TotalMilliseconds;
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"START RequestId: {id} Version: {invocation.Target.Version}\n{error}END RequestId: {id}\nREPORT RequestId: {id}\tDuration: {milliseconds:F2} ms\t"
            + $"Billed Duration: {Math.Ceiling(milliseconds):F0} ms\tMemory Size: {invocation.Target.MemorySize} MB\t\n");
    }
}

/// <param name="Payload">The event, a JSON text.</param>
/// <param name="TraceParent">Trace context of the caller in W3C's or X-Ray's form.</param>
internal sealed record Invocation(InvocationTarget Target, string RequestId, ReadOnlyMemory<byte> Payload, string? ClientContext, string? TraceParent);
