namespace Oith.Stack;

/// <summary>Names that the app model, the single process and the tests share. The templates derive the same ones from their parameter Environment.</summary>
public static class ResourceNames
{
    public const string LocalCloud = "localcloud";
    public const string Redis = "redis";
    public const string Matching = "matching";
    public const string Population = "population";

    /// <summary>What only the app model has.</summary>
    public const string LocalStack = "localstack";

    /// <inheritdoc cref="LocalStack"/>
    public const string Alarms = "alarms";

    /// <inheritdoc cref="LocalStack"/>
    public const string Network = "network";

    /// <inheritdoc cref="LocalStack"/>
    public const string Artifacts = "artifacts";

    /// <inheritdoc cref="LocalStack"/>
    public const string FunctionForwarder = "function-forwarder";

    /// <inheritdoc cref="LocalStack"/>
    public const string PublishService = "publish-service";

    /// <inheritdoc cref="LocalStack"/>
    public const string PackService = "pack-service";

    /// <inheritdoc cref="LocalStack"/>
    public const string StressTest = "stress-test";

    /// <summary>The environment that runs locally.</summary>
    public const string Development = "development";

    public const string DataStack = "data";
    public const string InfrastructureStack = "infrastructure";
    public const string MatchingStack = "matching";
    public const string StepFunctionsStack = "stepfunctions";

    /// <summary>Every environment that the templates know.</summary>
    public static IReadOnlyList<string> Environments { get; } = [Development, "staging", "production"];

    /// <summary>The stacks' short names in the order they are deployed; a stack imports only from those before it.</summary>
    public static IReadOnlyList<string> Stacks { get; } = [DataStack, InfrastructureStack, MatchingStack, StepFunctionsStack];

    /// <summary><c>oith-development-data</c></summary>
    public static string Stack(string environment, string stack) => $"oith-{environment}-{stack}";

    /// <summary>The template of a stack, in the folder infrastructure: <c>cloudformation-data.yaml</c>.</summary>
    public static string Template(string stack) => $"cloudformation-{stack}.yaml";

    /// <summary>The Lambda function that the matching service plays.</summary>
    public static string Function(string environment) => $"oith-{environment}-matching-service";
}
