using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>Makes and changes the configuration object that the API answers, with AWS's defaults and limits.</summary>
internal static partial class FunctionConfiguration
{
    private const int MaximumEnvironmentLength = 4096;

    /// <summary>Members that CreateFunction and UpdateFunctionConfiguration share.</summary>
    public static readonly string[] Settings =
    [
        "FunctionName", "Role", "Handler", "Description", "Timeout", "MemorySize", "VpcConfig", "Environment", "Runtime", "DeadLetterConfig", "KMSKeyArn",
        "TracingConfig", "RevisionId", "Layers", "FileSystemConfigs", "ImageConfig", "EphemeralStorage", "SnapStart", "LoggingConfig",
    ];

    public static JsonObject Create(string name, string arn, JsonObject input, DateTimeOffset now)
    {
        input.RequiredText("Role");
        var packageType = input.Text("PackageType") ?? "Zip";
        if (packageType == "Zip" && (input.Text("Runtime") is null || input.Text("Handler") is null))
        {
            throw LambdaErrors.InvalidParameter("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
        }

        var configuration = new JsonObject
        {
            ["FunctionName"] = name,
            ["FunctionArn"] = arn,
            ["Description"] = "",
            ["Timeout"] = 3,
            ["MemorySize"] = 128,
            ["PackageType"] = packageType,
            ["Architectures"] = input["Architectures"]?.DeepClone() ?? new JsonArray("x86_64"),
            ["EphemeralStorage"] = new JsonObject { ["Size"] = 512 },
            ["TracingConfig"] = new JsonObject { ["Mode"] = "PassThrough" },
            ["SnapStart"] = new JsonObject { ["ApplyOn"] = "None", ["OptimizationStatus"] = "Off" },
            ["LoggingConfig"] = new JsonObject { ["LogFormat"] = "Text", ["LogGroup"] = $"/aws/lambda/{name}" },
            ["Version"] = FunctionName.Latest,
            ["State"] = "Active",
            ["LastUpdateStatus"] = "Successful",
        };
        Change(configuration, input, now);
        return configuration;
    }

    /// <summary>Takes over the given settings; an absent one stays as it is.</summary>
    public static void Change(JsonObject configuration, JsonObject input, DateTimeOffset now)
    {
        if (input.Text("Role") is { } role && !RoleArn().IsMatch(role))
        {
            throw LambdaErrors.Constraint(role, "role", @"Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+");
        }

        CopyNumber(configuration, input, "Timeout", 1, 900);
        CopyNumber(configuration, input, "MemorySize", 128, 10240);
        foreach (var name in (ReadOnlySpan<string>)["Role", "Handler", "Description", "Runtime", "KMSKeyArn", "DeadLetterConfig", "TracingConfig", "FileSystemConfigs"])
        {
            if (input[name] is { } value)
            {
                configuration[name] = value.DeepClone();
            }
        }

        if (input.Structure("EphemeralStorage") is { } storage)
        {
            configuration["EphemeralStorage"] = storage.DeepClone();
        }

        if (input.Structure("LoggingConfig") is { } logging)
        {
            foreach (var (name, value) in logging)
            {
                configuration["LoggingConfig"]![name] = value?.DeepClone();
            }
        }

        if (input.Structure("SnapStart") is { } snapStart)
        {
            configuration["SnapStart"] = new JsonObject { ["ApplyOn"] = snapStart["ApplyOn"]?.DeepClone(), ["OptimizationStatus"] = "Off" };
        }

        if (input.Structure("ImageConfig") is { } image)
        {
            configuration["ImageConfigResponse"] = new JsonObject { ["ImageConfig"] = image.DeepClone() };
        }

        if (input.Structure("Environment") is { } environment)
        {
            configuration["Environment"] = Environment(environment);
        }

        if (input.List("Layers") is { } layers)
        {
            configuration["Layers"] = new JsonArray([.. layers.Select(layer => (JsonNode?)new JsonObject { ["Arn"] = layer!.GetValue<string>(), ["CodeSize"] = 0 })]);
        }

        if (input.Structure("VpcConfig") is { } vpc)
        {
            configuration["VpcConfig"] = new JsonObject
            {
                ["SubnetIds"] = vpc["SubnetIds"]?.DeepClone() ?? new JsonArray(),
                ["SecurityGroupIds"] = vpc["SecurityGroupIds"]?.DeepClone() ?? new JsonArray(),
                ["VpcId"] = vpc["SubnetIds"] is JsonArray { Count: > 0 } ? "vpc-00000000" : "",
                ["Ipv6AllowedForDualStack"] = vpc["Ipv6AllowedForDualStack"]?.DeepClone() ?? false,
            };
        }

        if (configuration.Text("Runtime") is { } runtime)
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(runtime)));
            configuration["RuntimeVersionConfig"] = new JsonObject { ["RuntimeVersionArn"] = $"arn:aws:lambda:us-east-1::runtime:{hash}" };
        }

        Touch(configuration, now);
    }

    /// <summary>Takes over new code. LocalCloud never runs it, so of code in S3 only the place is kept, not the bytes.</summary>
    public static JsonObject SetCode(JsonObject configuration, JsonObject code, DateTimeOffset now)
    {
        JsonObject location;
        byte[] identity;
        var size = 0;
        if (code.Text("ZipFile") is { } zip)
        {
            identity = ReadZip(zip);
            size = identity.Length;
            location = new JsonObject { ["RepositoryType"] = "S3" };
        }
        else if (code.Text("S3Bucket") is { } bucket)
        {
            var key = code.Text("S3Key") ?? throw LambdaErrors.InvalidParameter("Please provide a source for function code.");
            var place = $"s3://{bucket}/{key}" + (code.Text("S3ObjectVersion") is { } version ? $"?versionId={version}" : "");
            identity = Encoding.UTF8.GetBytes(place);
            location = new JsonObject { ["RepositoryType"] = "S3", ["Location"] = place };
        }
        else if (code.Text("ImageUri") is { } image)
        {
            identity = Encoding.UTF8.GetBytes(image);
            location = new JsonObject { ["RepositoryType"] = "ECR", ["ImageUri"] = image, ["ResolvedImageUri"] = image };
        }
        else
        {
            throw LambdaErrors.InvalidParameter("Please provide a source for function code.");
        }

        configuration["CodeSha256"] = Convert.ToBase64String(SHA256.HashData(identity));
        configuration["CodeSize"] = size;
        Touch(configuration, now);
        return location;
    }

    public static string Timestamp(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", CultureInfo.InvariantCulture);

    private static void Touch(JsonObject configuration, DateTimeOffset now)
    {
        configuration["LastModified"] = Timestamp(now);
        configuration["RevisionId"] = Guid.NewGuid().ToString();
    }

    private static byte[] ReadZip(string base64)
    {
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length) || !bytes.AsSpan(0, length).StartsWith("PK"u8))
        {
            throw LambdaErrors.InvalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
        }

        return bytes[..length];
    }

    private static void CopyNumber(JsonObject configuration, JsonObject input, string name, int minimum, int maximum)
    {
        if (input.Integer(name) is not { } value)
        {
            return;
        }

        var member = char.ToLowerInvariant(name[0]) + name[1..];
        if (value < minimum)
        {
            throw LambdaErrors.Constraint(value, member, $"Member must have value greater than or equal to {minimum}");
        }

        if (value > maximum)
        {
            throw LambdaErrors.Constraint(value, member, $"Member must have value less than or equal to {maximum}");
        }

        configuration[name] = value;
    }

    private static JsonObject Environment(JsonObject environment)
    {
        var variables = new JsonObject();
        foreach (var (name, value) in environment.Structure("Variables") ?? [])
        {
            variables[name] = value?.ToString();
        }

        var measured = variables.ToJsonString();
        if (Encoding.UTF8.GetByteCount(measured) > MaximumEnvironmentLength)
        {
            throw LambdaErrors.InvalidParameter(
                "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. "
                + $"String measured: {measured}");
        }

        return new JsonObject { ["Variables"] = variables };
    }

    [GeneratedRegex(@"^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$")]
    private static partial Regex RoleArn();
}
