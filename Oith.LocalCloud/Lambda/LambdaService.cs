using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Lambda.EventSources;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.Lambda;

/// <summary>AWS Lambda: functions are configuration, their code is a local process that events are posted to.</summary>
internal sealed class LambdaService : IAwsRestService
{
    private const string Functions = "/2015-03-31/functions";
    private const string Mappings = "/2015-03-31/event-source-mappings";

    private readonly FunctionStore _store;
    private readonly FunctionInvoker _invoker;
    private readonly EventSourceOperations _mappings;
    private readonly LocalCloudOptions _options;
    private readonly IServiceProvider _provider;
    private readonly Dictionary<string, Func<AwsCall, JsonObject?>> _operations;

    public LambdaService(
        FunctionStore store, FunctionInvoker invoker, EventSourceOperations mappings, LocalCloudOptions options, TimeProvider time, IServiceProvider provider)
    {
        (_store, _invoker, _mappings, _options, _provider) = (store, invoker, mappings, options, provider);
        var functions = new FunctionOperations(store, time);
        var aliases = new AliasOperations(store);
        var concurrency = new ConcurrencyOperations(store, time);
        var permissions = new PermissionOperations(store);
        _operations = new(StringComparer.Ordinal)
        {
            [nameof(functions.CreateFunction)] = functions.CreateFunction,
            [nameof(functions.UpdateFunctionCode)] = functions.UpdateFunctionCode,
            [nameof(functions.UpdateFunctionConfiguration)] = functions.UpdateFunctionConfiguration,
            [nameof(functions.GetFunction)] = functions.GetFunction,
            [nameof(functions.GetFunctionConfiguration)] = functions.GetFunctionConfiguration,
            [nameof(functions.ListFunctions)] = functions.ListFunctions,
            [nameof(functions.ListVersionsByFunction)] = functions.ListVersionsByFunction,
            [nameof(functions.DeleteFunction)] = functions.DeleteFunction,
            [nameof(functions.PublishVersion)] = functions.PublishVersion,
            [nameof(aliases.CreateAlias)] = aliases.CreateAlias,
            [nameof(aliases.UpdateAlias)] = aliases.UpdateAlias,
            [nameof(aliases.GetAlias)] = aliases.GetAlias,
            [nameof(aliases.DeleteAlias)] = aliases.DeleteAlias,
            [nameof(aliases.ListAliases)] = aliases.ListAliases,
            [nameof(concurrency.PutFunctionConcurrency)] = concurrency.PutFunctionConcurrency,
            [nameof(concurrency.GetFunctionConcurrency)] = concurrency.GetFunctionConcurrency,
            [nameof(concurrency.DeleteFunctionConcurrency)] = concurrency.DeleteFunctionConcurrency,
            [nameof(concurrency.PutProvisionedConcurrencyConfig)] = concurrency.PutProvisionedConcurrencyConfig,
            [nameof(concurrency.GetProvisionedConcurrencyConfig)] = concurrency.GetProvisionedConcurrencyConfig,
            [nameof(concurrency.DeleteProvisionedConcurrencyConfig)] = concurrency.DeleteProvisionedConcurrencyConfig,
            [nameof(concurrency.ListProvisionedConcurrencyConfigs)] = concurrency.ListProvisionedConcurrencyConfigs,
            [nameof(concurrency.PutFunctionEventInvokeConfig)] = concurrency.PutFunctionEventInvokeConfig,
            [nameof(concurrency.UpdateFunctionEventInvokeConfig)] = concurrency.UpdateFunctionEventInvokeConfig,
            [nameof(concurrency.GetFunctionEventInvokeConfig)] = concurrency.GetFunctionEventInvokeConfig,
            [nameof(concurrency.DeleteFunctionEventInvokeConfig)] = concurrency.DeleteFunctionEventInvokeConfig,
            [nameof(concurrency.ListFunctionEventInvokeConfigs)] = concurrency.ListFunctionEventInvokeConfigs,
            [nameof(concurrency.GetAccountSettings)] = concurrency.GetAccountSettings,
            [nameof(permissions.AddPermission)] = permissions.AddPermission,
            [nameof(permissions.RemovePermission)] = permissions.RemovePermission,
            [nameof(permissions.GetPolicy)] = permissions.GetPolicy,
            [nameof(permissions.TagResource)] = permissions.TagResource,
            [nameof(permissions.UntagResource)] = permissions.UntagResource,
            [nameof(permissions.ListTags)] = permissions.ListTags,
            [nameof(LocalCloudSetFunctionProcess)] = LocalCloudSetFunctionProcess,
        };
    }

    public AwsServiceDescription Description { get; } = new("lambda") { InputShapes = InputShapes.Of("lambda") };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        if (call.Operation == "Invoke")
        {
            return _invoker.InvokeAsync(call, output, cancellationToken);
        }

        if (_mappings.Find(call.Operation) is { } mapping)
        {
            return WriteAsync(mapping(call, cancellationToken), output);
        }

        var operation = _operations.GetValueOrDefault(call.Operation) ?? throw AwsServiceException.UnknownOperation("lambda", call.Operation);
        lock (_store.Lock)
        {
            operation(call)?.WriteTo(output);
        }

        return ValueTask.CompletedTask;
    }

    private static async ValueTask WriteAsync(Task<JsonObject> answer, Utf8JsonWriter output) => (await answer).WriteTo(output);

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        var api = _provider.GetRequiredService<IAwsApi>();
        var rest = new RestRoutes(api, routes, Description.SigningName);
        rest.Map("POST", Functions, "CreateFunction", StatusCodes.Status201Created);
        rest.Map("GET", Functions, "ListFunctions");
        rest.Map("GET", Functions + "/{FunctionName}", "GetFunction");
        rest.Map("DELETE", Functions + "/{FunctionName}", "DeleteFunction", StatusCodes.Status204NoContent);
        rest.Map("PUT", Functions + "/{FunctionName}/code", "UpdateFunctionCode");
        rest.Map("GET", Functions + "/{FunctionName}/configuration", "GetFunctionConfiguration");
        rest.Map("PUT", Functions + "/{FunctionName}/configuration", "UpdateFunctionConfiguration");
        rest.Map("GET", Functions + "/{FunctionName}/versions", "ListVersionsByFunction");
        rest.Map("POST", Functions + "/{FunctionName}/versions", "PublishVersion", StatusCodes.Status201Created);
        rest.Map("POST", Functions + "/{FunctionName}/aliases", "CreateAlias", StatusCodes.Status201Created);
        rest.Map("GET", Functions + "/{FunctionName}/aliases", "ListAliases");
        rest.Map("GET", Functions + "/{FunctionName}/aliases/{Name}", "GetAlias");
        rest.Map("PUT", Functions + "/{FunctionName}/aliases/{Name}", "UpdateAlias");
        rest.Map("DELETE", Functions + "/{FunctionName}/aliases/{Name}", "DeleteAlias", StatusCodes.Status204NoContent);
        rest.Map("POST", Functions + "/{FunctionName}/policy", "AddPermission", StatusCodes.Status201Created);
        rest.Map("GET", Functions + "/{FunctionName}/policy", "GetPolicy");
        rest.Map("DELETE", Functions + "/{FunctionName}/policy/{StatementId}", "RemovePermission", StatusCodes.Status204NoContent);
        rest.Map("PUT", "/2017-10-31/functions/{FunctionName}/concurrency", "PutFunctionConcurrency");
        rest.Map("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency", StatusCodes.Status204NoContent);
        rest.Map("GET", "/2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency");
        rest.Map("PUT", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", "PutProvisionedConcurrencyConfig", StatusCodes.Status202Accepted);
        rest.Map("DELETE", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", "DeleteProvisionedConcurrencyConfig", StatusCodes.Status204NoContent);
        rest.Map("GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", context => ProvisionedOperation(context));
        rest.Map("PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config", "PutFunctionEventInvokeConfig");
        rest.Map("POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config", "UpdateFunctionEventInvokeConfig");
        rest.Map("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config", "GetFunctionEventInvokeConfig");
        rest.Map("DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config", "DeleteFunctionEventInvokeConfig", StatusCodes.Status204NoContent);
        rest.Map("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", "ListFunctionEventInvokeConfigs");
        rest.Map("POST", Mappings, "CreateEventSourceMapping", StatusCodes.Status202Accepted);
        rest.Map("GET", Mappings, "ListEventSourceMappings");
        rest.Map("GET", Mappings + "/{UUID}", "GetEventSourceMapping");
        rest.Map("PUT", Mappings + "/{UUID}", "UpdateEventSourceMapping", StatusCodes.Status202Accepted);
        rest.Map("DELETE", Mappings + "/{UUID}", "DeleteEventSourceMapping", StatusCodes.Status202Accepted);
        rest.Map("GET", "/2016-08-19/account-settings", "GetAccountSettings");
        rest.Map("POST", "/2017-03-31/tags/{Resource}", "TagResource", StatusCodes.Status204NoContent);
        rest.Map("DELETE", "/2017-03-31/tags/{Resource}", "UntagResource", StatusCodes.Status204NoContent);
        rest.Map("GET", "/2017-03-31/tags/{Resource}", "ListTags");
        rest.Map("POST", Functions + "/{FunctionName}/invocations", "Invoke", context => InvokeOverHttpAsync(api, rest, context));
    }

    /// <summary>One path, two operations: with List=ALL in the query it lists.</summary>
    private static string ProvisionedOperation(HttpContext context) =>
        context.Request.Query["List"] == "ALL" ? "ListProvisionedConcurrencyConfigs" : "GetProvisionedConcurrencyConfig";

    /// <summary>
    /// LocalCloud's own operation: which local process plays a function from now on. Input <c>{"FunctionName", "Uri"}</c>; without
    /// Uri none does.
    /// </summary>
    private JsonObject? LocalCloudSetFunctionProcess(AwsCall call)
    {
        var name = FunctionName.Of(call).Name;
        if (call.OptionalString("Uri") is not { } text)
        {
            _options.Functions.TryRemove(name, out _);
        }
        else if (Uri.TryCreate(text, UriKind.Absolute, out var uri))
        {
            _options.Functions[name] = uri;
        }
        else
        {
            throw AwsServiceException.Validation($"Uri must be an absolute URL, not '{text}'.");
        }

        return null;
    }

    /// <summary>Invoke's body and answer are bare payloads; everything else travels in headers.</summary>
    private static async Task InvokeOverHttpAsync(IAwsApi api, RestRoutes rest, HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var input = ResponseBuffer.Rent();
        var output = ResponseBuffer.Rent();
        try
        {
            using var body = await RequestBody.ReadAsync(request, AwsEndpoint.MaximumBodyLength, context.RequestAborted);
            WriteInput(input.Writer, request, body.Memory);
            using var document = ParsePayload(input.Written);
            await api.InvokeAsync(rest.CallOf(context, "Invoke", document.RootElement), output.Writer, context.RequestAborted);
            output.Writer.Flush();
            using var answer = JsonDocument.Parse(output.Written);
            response.StatusCode = answer.RootElement.GetProperty("StatusCode").GetInt32();
            SetHeader("FunctionError", "X-Amz-Function-Error");
            SetHeader("LogResult", "X-Amz-Log-Result");
            SetHeader("ExecutedVersion", "X-Amz-Executed-Version");
            if (answer.RootElement.TryGetProperty("Payload", out var payload))
            {
                response.ContentType = "application/json";
                response.BodyWriter.Write(JsonMarshal.GetRawUtf8Value(payload));
                await response.BodyWriter.FlushAsync(context.RequestAborted);
            }

            void SetHeader(string member, string header)
            {
                if (answer.RootElement.TryGetProperty(member, out var value))
                {
                    response.Headers[header] = value.GetString();
                }
            }
        }
        finally
        {
            input.Return();
            output.Return();
        }
    }

    private static void WriteInput(Utf8JsonWriter writer, HttpRequest request, ReadOnlyMemory<byte> payload)
    {
        writer.WriteStartObject();
        writer.WriteString("FunctionName", request.RouteValues["FunctionName"]!.ToString());
        Header("X-Amz-Invocation-Type", "InvocationType");
        Header("X-Amz-Log-Type", "LogType");
        Header("X-Amz-Client-Context", "ClientContext");
        if (request.Query.TryGetValue("Qualifier", out var qualifier))
        {
            writer.WriteString("Qualifier", qualifier.ToString());
        }

        if (payload.Length > 0)
        {
            writer.WritePropertyName("Payload");
            writer.WriteRawValue(payload.Span, skipInputValidation: true);
        }

        writer.WriteEndObject();
        writer.Flush();

        void Header(string header, string member)
        {
            if (request.Headers.TryGetValue(header, out var value))
            {
                writer.WriteString(member, value.ToString());
            }
        }
    }

    private static JsonDocument ParsePayload(ReadOnlyMemory<byte> input)
    {
        try
        {
            return JsonDocument.Parse(input);
        }
        catch (JsonException error)
        {
            throw LambdaErrors.InvalidContent(error.Message);
        }
    }
}
