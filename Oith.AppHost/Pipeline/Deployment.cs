using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Oith.Stack;

namespace Oith.AppHost.Pipeline;

/// <summary>The four stacks of an environment, with what <c>infrastructure/stacks.csv</c> passes to them.</summary>
internal sealed class Deployment
{
    private readonly ConfigurationManager _configuration;
    private readonly Dictionary<string, IResourceBuilder<CloudFormationStackResource>> _stacks = [];
    private readonly IReadOnlyList<PassedValue> _passed;

    public Deployment(IDistributedApplicationBuilder builder, string environment)
    {
        _configuration = builder.Configuration;
        Environment = environment;
        IsProduction = builder.Environment.IsProduction();
        Root = Path.GetFullPath(Path.Combine(builder.AppHostDirectory, ".."));
        _passed = PassedValue.ReadAll(InfrastructureDirectory);
        IResourceBuilder<CloudFormationStackResource>? previous = null;
        foreach (var name in ResourceNames.Stacks)
        {
            var stack = builder
                .AddCloudFormationStack(
                    $"{name}-stack",
                    Path.Combine(InfrastructureDirectory, ResourceNames.Template(name)),
                    ResourceNames.Stack(environment, name))
                .WithCapabilities("CAPABILITY_NAMED_IAM");
            if (previous is not null)
            {
                stack.WaitFor(previous);
            }

            _stacks[name] = previous = stack;
            Pass(name, stack);
        }

        var data = _stacks[ResourceNames.DataStack].WithBucketEmptiedOnDestroy(Artifact.BucketOutput);
        if (IsProduction)
        {
            data.WithoutDestroy("production data is never deleted by the pipeline")
                .WithTerminationProtection(Path.Combine(InfrastructureDirectory, "stack-policy.json"));
        }
    }

    /// <summary>development, staging or production.</summary>
    public string Environment { get; }

    public bool IsProduction { get; }

    /// <summary>The repository's folder.</summary>
    public string Root { get; }

    public string InfrastructureDirectory => Path.Combine(Root, "infrastructure");

    /// <summary>The key of the service's zip, once it is packed.</summary>
    public string? ServiceKey { get; private set; }

    /// <summary>The VPC and its subnets, once they are found.</summary>
    public (string VpcId, string SubnetIds)? Network { get; set; }

    /// <summary>What whoever deploys may choose: by the variable's name, with the stacks' parameters that take it.</summary>
    public ILookup<string, PassedValue> Variables => _passed.Where(value => value.IsVariable).ToLookup(value => value.From);

    /// <param name="stack">The stack's short name.</param>
    public CloudFormationStackResource this[string stack] => _stacks[stack].Resource;

    /// <summary>Returns a variable's value, a list (<c>SUBNET_IDS</c>) without any white space; null where it is absent or empty.</summary>
    public string? Variable(string name)
    {
        var text = _configuration[name]?.Trim();
        return string.IsNullOrEmpty(text) ? null
            : name.EndsWith("_IDS", StringComparison.Ordinal) ? string.Concat(text.Where(c => !char.IsWhiteSpace(c)))
            : text;
    }

    /// <summary>The names of a stack's steps in the pipeline.</summary>
    public (string Publish, string Deploy, string Destroy) StepsOf(string stack) =>
        (StackSteps.Publish(this[stack]), StackSteps.Deploy(this[stack]), StackSteps.Destroy(this[stack]));

    /// <summary>Passes the values of variables, and keeps for absent ones what the stack has.</summary>
    /// <param name="entered">Values that were entered for absent variables.</param>
    public void PassVariables(IReadOnlyDictionary<string, string> entered)
    {
        foreach (var passed in _passed.Where(value => value.IsVariable))
        {
            if ((Variable(passed.From) ?? entered.GetValueOrDefault(passed.From)) is { Length: > 0 } value)
            {
                _stacks[passed.Stack].WithParameter(passed.Name, value);
            }
            else
            {
                _stacks[passed.Stack].WithParameter(passed.Name, _ => Task.FromResult<string?>(null));
            }
        }
    }

    /// <summary>Passes the key of the service's zip.</summary>
    public void PassService(ReadOnlySpan<byte> zip)
    {
        ServiceKey = Artifact.Service.Key(zip);
        _stacks[Artifact.Service.Stack].WithParameter(Artifact.Service.Parameter, ServiceKey);
    }

    private void Pass(string name, IResourceBuilder<CloudFormationStackResource> stack)
    {
        foreach (var passed in _passed.Where(value => value.IsFor(name)))
        {
            if (passed.IsTag)
            {
                stack.WithTag(passed.Name, passed.From == PassedValue.Environment ? Environment : passed.From);
            }
            else if (passed.IsVariable)
            {
                if (Variable(passed.From) is { } value)
                {
                    stack.WithParameter(passed.Name, value);
                }
            }
            else
            {
                Pass(passed, stack);
            }
        }
    }

    private void Pass(PassedValue passed, IResourceBuilder<CloudFormationStackResource> stack) => _ = passed.From switch
    {
        PassedValue.Environment => stack.WithParameter(passed.Name, Environment),
        PassedValue.Vpc when Variable("VPC_ID") is { } vpc => stack.WithParameter(passed.Name, vpc),
        PassedValue.Vpc => stack.WithParameter(passed.Name, _ => Task.FromResult(Network?.VpcId)),
        PassedValue.Subnets when Variable("SUBNET_IDS") is { } subnets => stack.WithParameter(passed.Name, subnets),
        PassedValue.Subnets => stack.WithParameter(passed.Name, _ => Task.FromResult(Network?.SubnetIds)),
        PassedValue.Bucket => stack.WithParameter(passed.Name, _stacks[ResourceNames.DataStack].GetOutput(Artifact.BucketOutput)),
        PassedValue.Service => stack.WithParameter(passed.Name, _ => Task.FromResult(ServiceKey)),
        PassedValue.Revision => stack.WithParameter(passed.Name, async token => await ComputeRevisionAsync(token)),
        _ => stack.WithParameter(passed.Name, KeyOf(passed.From[1..])),
    };

    private string KeyOf(string definition) => Artifact.Definitions.Single(artifact => artifact.File == definition)
        .Key(File.ReadAllBytes(Path.Combine(InfrastructureDirectory, definition)));

    /// <summary>
    /// Returns what changes whenever the function does, as the deploy scripts compute it: a hash of code, template and imports, and after
    /// the dash one of the parameters that were chosen.
    /// </summary>
    private async Task<string> ComputeRevisionAsync(CancellationToken cancellationToken)
    {
        var stack = this[ResourceNames.MatchingStack];
        using var account = await AwsAccount.OpenAsync(stack, cancellationToken);
        var known = (await account.FindStackAsync(stack.StackName, cancellationToken))?.Parameters ?? new Dictionary<string, string>();
        var template = await File.ReadAllTextAsync(stack.TemplatePath, cancellationToken);
        var text = new StringBuilder().Append(ServiceKey).Append('\n').Append(template);
        foreach (var imported in new[] { ResourceNames.DataStack, ResourceNames.InfrastructureStack })
        {
            var outputs = (await account.FindStackAsync(this[imported].StackName, cancellationToken))!.Outputs;
            foreach (var (name, value) in outputs.OrderBy(output => output.Key, StringComparer.Ordinal))
            {
                text.Append(name).Append('\t').Append(value).Append('\n');
            }
        }

        var chosen = known.GetValueOrDefault(StackParameters.ServiceRevision, "");
        chosen = chosen[(chosen.IndexOf('-', StringComparison.Ordinal) + 1)..];
        var overrides = string.Concat(_passed
            .Where(passed => passed.IsVariable && passed.IsFor(ResourceNames.MatchingStack))
            .Select(passed => (passed.Name, Value: stack.Parameters.GetValueOrDefault(passed.Name) as string))
            .Where(passed => passed.Value is not null && passed.Value != known.GetValueOrDefault(passed.Name))
            .Select(passed => $"{passed.Name}={passed.Value} "));
        if (overrides.Length > 0)
        {
            chosen = Hash($"{chosen} {overrides}\n");
        }

        return $"{Hash(text.ToString())}-{(chosen.Length == 0 ? "0" : chosen)}";

        static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }
}
