using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>Calls of other services in the words of a definition: members in Pascal case, errors named as AWS's Java SDK names them.</summary>
internal static class ServiceCaller
{
    private static readonly JsonWriterOptions s_writerOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <param name="operation">The operation as the API names it: <c>SendMessage</c>.</param>
    /// <exception cref="StateFailedException">The service refused.</exception>
    public static async Task<AslValue> InvokeAsync(
        TaskCall call, AwsServices service, string operation, AslValue input, CancellationToken cancellationToken, bool isSdk = false)
    {
        var output = await InvokeRawAsync(call, service, operation, input, isSdk, cancellationToken);
        return output.Length == 0 ? AslValue.EmptyObject
            // A function's payload may be shown to the letter.
            : service.SigningName == "lambda" ? service.FromWire(AslValue.ParseAsSent(Encoding.UTF8.GetString(output.Span)))
            : service.FromWire(AslValue.Parse(output.Span));
    }

    /// <returns>The answer as the service wrote it, empty when it has none.</returns>
    /// <exception cref="StateFailedException">The service refused.</exception>
    public static async Task<ReadOnlyMemory<byte>> InvokeRawAsync(
        TaskCall call, AwsServices service, string operation, AslValue input, bool isSdk, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, s_writerOptions))
        {
            service.ToWire(operation, input).WriteTo(writer);
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = 1000 });
        var output = new ArrayBufferWriter<byte>(512);
        using var answer = new Utf8JsonWriter(output, s_writerOptions);
        var request = new AwsCall(service.SigningName, operation, document.RootElement)
        {
            TraceParent = Activity.Current?.Id ?? call.Branch.Execution.TraceCaller,
        };
        try
        {
            await ApiOf(call, request).InvokeAsync(request, answer, cancellationToken);
            await answer.FlushAsync(cancellationToken);
        }
        catch (AwsServiceException error)
        {
            throw new StateFailedException(isSdk ? service.SdkFailure(error, request.RequestId) : service.Failure(error, request.RequestId));
        }

        return output.WrittenMemory;
    }

    // A function, state machine or topic that is named by its ARN may be another account's.
    private static IAwsApi ApiOf(TaskCall call, AwsCall request)
    {
        var member = request.Service switch
        {
            "lambda" => "FunctionName",
            "sns" => "TopicArn",
            "states" => "stateMachineArn",
            _ => null,
        };
        var api = call.Engine.Api;
        return member is not null && request.OptionalString(member) is { } arn && arn.StartsWith("arn:", StringComparison.Ordinal) ? api.At(arn) : api;
    }
}
