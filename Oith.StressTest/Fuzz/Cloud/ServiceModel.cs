using System.ComponentModel;
using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json.Nodes;

namespace Oith.StressTest.Fuzz.Cloud;

/// <summary>A service as botocore's model describes it.</summary>
internal sealed class ServiceModel
{
    // The folders of botocore's data; LocalCloud's services have the signing names that the models name.
    private static readonly string[] s_services =
    [
        "cloudformation", "cloudwatch", "dax", "dynamodb", "dynamodbstreams", "ec2", "elasticache", "events", "iam", "kms", "lambda", "logs", "pipes", "s3",
        "scheduler", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts", "xray",
    ];

    private readonly JsonObject _root;

    private ServiceModel(JsonObject root)
    {
        _root = root;
        var metadata = root["metadata"]!;
        EndpointPrefix = metadata["endpointPrefix"]!.GetValue<string>();
        SigningName = metadata["signingName"]?.GetValue<string>() ?? EndpointPrefix;
        Protocols = metadata["protocols"] is JsonArray several ? [.. several.Select(one => one!.GetValue<string>())] : [metadata["protocol"]!.GetValue<string>()];
        TargetPrefix = metadata["targetPrefix"]?.GetValue<string>() ?? "";
        ApiVersion = metadata["apiVersion"]!.GetValue<string>();
        JsonVersion = metadata["jsonVersion"]?.GetValue<string>() ?? "1.0";
        Operations = [.. root["operations"]!.AsObject().Select(operation => new OperationModel(this, operation.Value!.AsObject()))];
    }

    public string EndpointPrefix { get; }

    public string SigningName { get; }

    public IReadOnlyList<string> Protocols { get; }

    public string TargetPrefix { get; }

    public string ApiVersion { get; }

    public string JsonVersion { get; }

    public IReadOnlyList<OperationModel> Operations { get; }

    public JsonObject Shape(string name) => _root["shapes"]![name]!.AsObject();

    /// <summary>The models of the services that LocalCloud has.</summary>
    /// <param name="folder">botocore's folder <c>data</c>; null asks the installed Python for it.</param>
    /// <exception cref="FuzzSetupException">There is none; the message says what to do.</exception>
    public static async Task<List<ServiceModel>> LoadAsync(string? folder, CancellationToken cancellationToken)
    {
        folder ??= await FindDataAsync(cancellationToken);
        return [.. s_services.Select(service => Load(Path.Combine(folder, service)))];
    }

    private static ServiceModel Load(string folder)
    {
        var newest = Directory.Exists(folder) ? Directory.GetDirectories(folder).Max(StringComparer.Ordinal) : null;
        var file = newest is null ? null : Directory.GetFiles(newest, "service-2.json*").FirstOrDefault();
        if (file is null)
        {
            throw new FuzzSetupException($"{folder} has no service-2.json. Give botocore's folder 'data' with --models.");
        }

        using var stream = File.OpenRead(file);
        using var plain = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : (Stream)stream;
        return new ServiceModel(JsonNode.Parse(plain)!.AsObject());
    }

    private static async Task<string> FindDataAsync(CancellationToken cancellationToken)
    {
        const string Advice = "The typed fuzz reads AWS's models from botocore: install it (pip install botocore), or give its folder 'data' with --models.";
        const string Script = "import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), 'data'))";
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["-c", Script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = await python.StandardOutput.ReadToEndAsync(cancellationToken);
            await python.WaitForExitAsync(cancellationToken);
            return python.ExitCode == 0 ? output.Trim() : throw new FuzzSetupException($"botocore is not installed for python3. {Advice}");
        }
        catch (Win32Exception)
        {
            throw new FuzzSetupException($"python3 is not on the PATH. {Advice}");
        }
    }
}

/// <summary>An operation of a service.</summary>
internal sealed class OperationModel(ServiceModel service, JsonObject json)
{
    public ServiceModel Service => service;

    public string Name { get; } = json["name"]!.GetValue<string>();

    public string Method { get; } = json["http"]!["method"]!.GetValue<string>();

    /// <summary>The path with its parameters: <c>/v1/pipes/{Name}</c>, <c>/{Bucket}/{Key+}</c>.</summary>
    public string Path { get; } = json["http"]!["requestUri"]!.GetValue<string>();

    public string? InputShape { get; } = json["input"]?["shape"]?.GetValue<string>();

    public override string ToString() => $"{service.SigningName}:{Name}";
}

/// <summary>The fuzz cannot begin; the message says what is missing.</summary>
internal sealed class FuzzSetupException(string message) : Exception(message);
