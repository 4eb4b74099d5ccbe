using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud;
using Oith.LocalCloud.StepFunctions.Integrations;
using Oith.LocalCloud.Wire;
using Oith.Tests.Conformance;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud;

/// <summary>The tables "operation, support, what is missing" of the services' pages say what LocalCloud does.</summary>
public sealed partial class SupportTableTests
{
    private static readonly string[] s_supports = ["full", "partial", "none"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="page">The page in docs/localcloud.</param>
    /// <param name="sdkName">The service's name in aws-sdk resources, under which all of its operations are known.</param>
    /// <param name="signingName">The service's name in LocalCloud.</param>
    [Theory]
    [InlineData("step-functions", "sfn", "states")]
    public async Task Page_Has_Every_Operation_Of_The_Service_With_What_Calling_It_Shows(string page, string sdkName, string signingName)
    {
        var rows = Rows(page, "operation");
        Assert.Equal(AwsSdkActions.Of(sdkName).Select(Capital).Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        await using var cloud = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 });
        var api = cloud.Services.GetRequiredService<IAwsApi>();
        var unknown = AwsServiceException.UnknownOperation(signingName, "x").Code;
        foreach (var (operation, (support, missing)) in rows)
        {
            // Without input nothing is done; what matters is whether the operation is known.
            var code = await CodeAsync(api, signingName, operation);
            Assert.True((code == unknown) == (support == "none"), $"{operation} is said to have the support {support}, but calling it gives {code}.");
            Assert.True(support != "partial" || missing.Length > 0, $"{operation} does not say what is missing.");
        }
    }

    /// <summary>Of all operations that AWS's model of a service has, the page names those that LocalCloud knows, and no other but with the support none.</summary>
    /// <inheritdoc cref="Page_Has_Every_Operation_Of_The_Service_With_What_Calling_It_Shows" path="/param"/>
    [Theory]
    [InlineData("cloudformation", "cloudformation", "cloudformation")]
    [InlineData("cloudformation", "cloudwatchlogs", "logs")]
    [InlineData("cloudformation", "dax", "dax")]
    [InlineData("cloudformation", "ec2", "ec2")]
    [InlineData("cloudformation", "elasticache", "elasticache")]
    [InlineData("cloudformation", "iam", "iam")]
    [InlineData("cloudformation", "kms", "kms")]
    [InlineData("cloudformation", "secretsmanager", "secretsmanager")]
    [InlineData("cloudformation", "ssm", "ssm")]
    [InlineData("cloudformation", "sts", "sts")]
    [InlineData("cloudwatch", "cloudwatch", "monitoring")]
    [InlineData("dynamodb", "dynamodb", "dynamodb")]
    [InlineData("dynamodb", "dynamodbstreams", "dynamodbstreams")]
    [InlineData("eventbridge", "eventbridge", "events")]
    [InlineData("eventbridge", "scheduler", "scheduler")]
    [InlineData("lambda", "lambda", "lambda")]
    [InlineData("pipes", "pipes", "pipes")]
    [InlineData("sns", "sns", "sns")]
    [InlineData("sqs", "sqs", "sqs")]
    public async Task Page_Names_The_Operations_That_LocalCloud_Knows(string page, string sdkName, string signingName)
    {
        var named = NamedOperations(page, signingName);
        var operations = AwsSdkActions.Of(sdkName).Select(Capital).ToList();
        Assert.NotEmpty(operations);
        await using var cloud = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 });
        var api = cloud.Services.GetRequiredService<IAwsApi>();
        var unknown = AwsServiceException.UnknownOperation(signingName, "x").Code;
        var known = new List<string>();
        foreach (var operation in operations)
        {
            if (await CodeAsync(api, signingName, operation) != unknown)
            {
                known.Add(operation);
            }
        }

        Assert.Equal(known.Order(StringComparer.Ordinal), operations.Where(named.Contains).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Page_Has_Every_Integration_Of_Step_Functions_With_Whether_It_Is_Emulated()
    {
        var rows = Rows("step-functions", "integration");
        await using var cloud = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 });
        var api = cloud.Services.GetRequiredService<IAwsApi>();
        var expected = OptimizedIntegrations.All
            .ToDictionary(name => name, name => OptimizedIntegrations.IsEmulated(name.Split(':')[0], api), StringComparer.Ordinal);
        foreach (var service in AwsServices.All.Where(service => api.Find(service.SigningName) is not null))
        {
            expected["aws-sdk:" + service.SdkName] = true;
        }

        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.True(expected[row.Key] == (row.Value.Support != "none"), $"{row.Key} is said to have the support {row.Value.Support}."));
    }

    private static string Capital(string action) => char.ToUpperInvariant(action[0]) + action[1..];

    private static async Task<string?> CodeAsync(IAwsApi api, string service, string operation)
    {
        try
        {
            await api.InvokeAsync(service, operation, new JsonObject(), Token);
            return null;
        }
        catch (AwsServiceException error)
        {
            return error.Code;
        }
    }

    /// <summary>The operations in the page's tables that are not said to have no support. A small service has one row, with its name before its operations.</summary>
    private static HashSet<string> NamedOperations(string page, string signingName)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        var table = "";
        foreach (var line in File.ReadLines(Path.Combine(AwsConformanceCase.RepositoryRoot(), "docs", "localcloud", page + ".md")))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length < 4)
            {
                table = "";
            }
            else if (table.Length == 0)
            {
                table = cells[1].ToLowerInvariant();
            }
            else if (table == "operation" && !cells[2].StartsWith("none", StringComparison.Ordinal))
            {
                named.UnionWith(Operation().Matches(cells[1]).Select(match => match.Value));
            }
            else if (table == "service" && cells[1] == signingName)
            {
                named.UnionWith(Operation().Matches(cells[2]).Select(match => match.Value));
            }
        }

        return named;
    }

    [GeneratedRegex("[A-Z][A-Za-z0-9]+")]
    private static partial Regex Operation();

    /// <summary>The rows of the page's tables whose first column has that name; a row may name several, separated by commas.</summary>
    private static Dictionary<string, (string Support, string Missing)> Rows(string page, string subject)
    {
        var rows = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        var isTable = false;
        foreach (var line in File.ReadLines(Path.Combine(AwsConformanceCase.RepositoryRoot(), "docs", "localcloud", page + ".md")))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (line == $"| {subject} | support | what is missing |")
            {
                isTable = true;
            }
            else if (cells.Length < 5)
            {
                isTable = false;
            }
            else if (isTable && !cells[1].StartsWith("---", StringComparison.Ordinal))
            {
                Assert.Contains(cells[2], s_supports);
                foreach (var name in cells[1].Split(',', StringSplitOptions.TrimEntries))
                {
                    rows.Add(name.Trim('`'), (cells[2], cells[3]));
                }
            }
        }

        return rows;
    }
}
