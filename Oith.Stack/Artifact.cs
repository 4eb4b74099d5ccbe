using System.Security.Cryptography;

namespace Oith.Stack;

/// <summary>
/// A file that a stack takes from the artifact bucket of the data stack. Its key is named by its content, as the deploy scripts do it: a changed file is
/// a changed parameter, and so a changed stack.
/// </summary>
/// <param name="Stack">The stack's short name.</param>
/// <param name="Parameter">The parameter of its template that takes the key.</param>
/// <param name="Folder">What keys of this kind begin with.</param>
/// <param name="File">The file's name; those of the definitions are in the folder infrastructure.</param>
public sealed record Artifact(string Stack, string Parameter, string Folder, string File)
{
    /// <summary>The parameter of every stack with artifacts that takes the bucket's name.</summary>
    public const string BucketParameter = "ArtifactBucket";

    /// <summary>The key of the service's zip where no code runs: the function is played by a process on this machine.</summary>
    public const string PlayedLocally = "played-by-the-local-process";

    /// <summary>The output of the data stack that names the bucket.</summary>
    public const string BucketOutput = "ArtifactBucketName";

    /// <summary>The service's zip.</summary>
    public static Artifact Service { get; } = new(ResourceNames.MatchingStack, "ServiceArtifactKey", "service", "matching-service.zip");

    /// <summary>The state machines' definitions.</summary>
    public static IReadOnlyList<Artifact> Definitions { get; } =
    [
        new(ResourceNames.StepFunctionsStack, "DistributedMatchingDefinitionKey", "definitions", "distributed-matching.asl.json"),
        new(ResourceNames.StepFunctionsStack, "BatchPrecomputeDefinitionKey", "definitions", "batch-precompute.asl.json"),
    ];

    /// <summary><c>definitions/3a51f01bd2c8e0a7/batch-precompute.asl.json</c></summary>
    public string Key(ReadOnlySpan<byte> content) => $"{Folder}/{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}/{File}";
}
