namespace Oith.Stack;

/// <summary>
/// A parameter or tag that a deployment passes to a stack: a row of <c>infrastructure/stacks.csv</c>, which the deploy scripts and
/// <c>aspire deploy</c> both read.
/// </summary>
/// <param name="Stack">The stack's short name, or <see cref="EveryStack"/>.</param>
/// <param name="Name">The template's parameter, or the tag's key.</param>
/// <param name="From">
/// Where the value comes from: <c>@vpc</c> is found by the deployment, <c>ALERT_EMAIL</c> is a variable of whoever deploys.
/// A tag may have the value itself.
/// </param>
/// <param name="Description">What a variable is for; empty for what is found.</param>
public sealed record PassedValue(string Stack, bool IsTag, string Name, string From, string Description)
{
    /// <summary>The file in the folder infrastructure.</summary>
    public const string File = "stacks.csv";

    public const string EveryStack = "*";

    private const int Columns = 5;

    /// <summary>What <c>@</c> and a name stand for; the name of a definition's file stands for its key in the artifact bucket.</summary>
    public const string Environment = "@environment";

    /// <inheritdoc cref="Environment"/>
    public const string Vpc = "@vpc";

    /// <inheritdoc cref="Environment"/>
    public const string Subnets = "@subnets";

    /// <inheritdoc cref="Environment"/>
    public const string Bucket = "@bucket";

    /// <inheritdoc cref="Environment"/>
    public const string Service = "@service";

    /// <inheritdoc cref="Environment"/>
    public const string Revision = "@revision";

    /// <summary>True where whoever deploys may choose the value; without one the stack keeps what it has.</summary>
    public bool IsVariable => !IsTag && !From.StartsWith('@');

    /// <param name="stack">The stack's short name.</param>
    public bool IsFor(string stack) => Stack == EveryStack || Stack == stack;

    /// <summary>Reads the list.</summary>
    /// <param name="infrastructureDirectory">The folder infrastructure.</param>
    /// <exception cref="FormatException">A row has too few columns, or another kind than parameter and tag.</exception>
    public static IReadOnlyList<PassedValue> ReadAll(string infrastructureDirectory) =>
    [
        .. System.IO.File.ReadLines(Path.Combine(infrastructureDirectory, File))
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Skip(1)
            .Select(Parse),
    ];

    private static PassedValue Parse(string line) =>
        line.Split(',', Columns) is [var stack, "parameter" or "tag", var name, var from, var description] cells
            ? new PassedValue(stack, cells[1] == "tag", name, from, description)
            : throw new FormatException($"{File} has a row that is no stack,kind,name,from,description: {line}");
}
