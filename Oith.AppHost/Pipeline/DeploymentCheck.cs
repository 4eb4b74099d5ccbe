#pragma warning disable ASPIREPIPELINES001, ASPIREINTERACTION001 // The pipeline's API is for evaluation.
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Oith.Stack;

namespace Oith.AppHost.Pipeline;

/// <summary>
/// What deploy.sh does before the first stack: finds the network, refuses what must not be deployed. Where a terminal is there, it asks for
/// what neither a variable nor the stack says, with the networks that exist as choices.
/// </summary>
internal sealed class DeploymentCheck(Deployment deployment)
{
    public const string Step = "check-deployment";

    private const int FewestSubnets = 2;
    private const int MostSubnets = 3;
    private const string VpcId = "VPC_ID";
    private const string SubnetIds = "SUBNET_IDS";
    private const string Authority = "AUTHENTICATION_AUTHORITY";
    private const string Egress = "NETWORK_EGRESS";
    private const string RouteTables = "ROUTE_TABLE_IDS";

    // The others have a default that suits most; stacks.csv names them all.
    private static readonly string[] s_asked = [Egress, RouteTables, "ALERT_EMAIL", Authority];

    /// <exception cref="DistributedApplicationException">Something is missing, unknown or not allowed.</exception>
    public async Task RunAsync(PipelineStepContext context)
    {
        var infrastructure = deployment[ResourceNames.InfrastructureStack];
        using var account = await AwsAccount.OpenAsync(infrastructure, context.CancellationToken);
        var region = (await account.GetIdentityAsync(context.CancellationToken)).Region;
        var known = await KnownAsync(account, infrastructure, context.CancellationToken);
        var networks = await account.GetNetworksAsync(context.CancellationToken);
        var entered = await AskAsync(context, known, networks);

        var vpc = deployment.Variable(VpcId) ?? known.GetValueOrDefault(StackParameters.VpcId) ?? entered.GetValueOrDefault(VpcId);
        var subnets = deployment.Variable(SubnetIds) ?? known.GetValueOrDefault(StackParameters.PrivateSubnetIds)
            ?? entered.GetValueOrDefault(SubnetIds);
        deployment.Network = Choose(networks, vpc, subnets, region);
        context.ReportingStep.Log(LogLevel.Information, $"Network {deployment.Network?.VpcId}, subnets {deployment.Network?.SubnetIds}.");
        deployment.PassVariables(entered);

        if (Value(Egress, "NetworkEgress") == "endpoints" && Value(RouteTables, "PrivateRouteTableIds") is null)
        {
            throw new DistributedApplicationException(
                $"{Egress}=endpoints needs {RouteTables}, the route tables of the subnets: without them nothing leads to DynamoDB.");
        }

        CheckAuthentication(context, Value(Authority, "AuthenticationAuthority"));

        string? Value(string variable, string parameter) =>
            deployment.Variable(variable) ?? NotEmpty(entered.GetValueOrDefault(variable)) ?? NotEmpty(known.GetValueOrDefault(parameter));
    }

    /// <summary>Returns the given network, else the only VPC or the default one, with a private subnet of each zone.</summary>
    /// <exception cref="DistributedApplicationException">There is no such network, or several and none is the default one.</exception>
    internal static (string VpcId, string SubnetIds) Choose(
        IReadOnlyList<AwsNetwork> networks, string? vpcId, string? subnetIds, string region)
    {
        var ids = subnetIds?.Split(',') ?? [];
        var network = vpcId is null
            ? networks.FirstOrDefault(candidate => candidate.Subnets.Any(subnet => ids.Contains(subnet.Id)))
                ?? (networks.Count == 1 ? networks[0] : networks.FirstOrDefault(candidate => candidate.IsDefault))
                ?? throw new DistributedApplicationException(
                    $"There is no VPC in {region}, or several and none is the default one. Set {VpcId}.")
            : networks.FirstOrDefault(candidate => candidate.VpcId == vpcId)
                ?? throw new DistributedApplicationException($"There is no VPC {vpcId} in {region}. Check {VpcId} and AWS_REGION.");
        if (ids.Length == 0)
        {
            ids = [.. PrivateSubnets(network).Select(subnet => subnet.Id)];
            if (ids.Length == 0)
            {
                throw new DistributedApplicationException(
                    $"{network.VpcId} has no private subnet (all give public addresses). Create two or three with a route to a NAT "
                    + $"gateway, or name them in {SubnetIds}.");
            }
        }

        if (ids.Length is < FewestSubnets or > MostSubnets)
        {
            throw new DistributedApplicationException($"Two or three subnets are needed, these are {ids.Length}: {string.Join(',', ids)}.");
        }

        var chosen = ids.Select(id => network.Subnets.FirstOrDefault(subnet => subnet.Id == id)
            ?? throw new DistributedApplicationException(networks.Any(other => other.Subnets.Any(subnet => subnet.Id == id))
                ? $"The subnet {id} is not in {network.VpcId}. Check {VpcId} and {SubnetIds}."
                : $"There is no subnet {id} in {region}. Check {SubnetIds} and AWS_REGION.")).ToList();
        var zones = chosen.Select(subnet => subnet.AvailabilityZone).Distinct().Count();
        return zones == ids.Length
            ? (network.VpcId, string.Join(',', ids))
            : throw new DistributedApplicationException(
                $"The subnets {string.Join(',', ids)} share availability zones ({zones} for {ids.Length} subnets); "
                + "each must be in another one.");
    }

    /// <summary>Returns one private subnet of each zone, three at most.</summary>
    private static IEnumerable<AwsSubnet> PrivateSubnets(AwsNetwork network) => network.Subnets
        .Where(subnet => !subnet.IsPublic)
        .DistinctBy(subnet => subnet.AvailabilityZone)
        .Take(MostSubnets);

    /// <summary>Returns what the stacks were deployed with, by parameter. A stack in any other state is created anew.</summary>
    private async Task<Dictionary<string, string>> KnownAsync(
        AwsAccount account, CloudFormationStackResource infrastructure, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var stack in new[] { deployment[ResourceNames.MatchingStack], infrastructure })
        {
            var deployed = await account.FindStackAsync(stack.StackName, cancellationToken);
            if (deployed?.Status is "CREATE_COMPLETE" or "UPDATE_COMPLETE" or "UPDATE_ROLLBACK_COMPLETE")
            {
                foreach (var (name, value) in deployed.Parameters)
                {
                    known[name] = value;
                }
            }
        }

        return known;
    }

    private async Task<IReadOnlyDictionary<string, string>> AskAsync(
        PipelineStepContext context, Dictionary<string, string> known, IReadOnlyList<AwsNetwork> networks)
    {
        var interaction = context.Services.GetRequiredService<IInteractionService>();
        // A stack that exists has answered: only what is to be changed is given, by a variable.
        if (!interaction.IsAvailable || known.ContainsKey(StackParameters.VpcId))
        {
            return new Dictionary<string, string>();
        }

        var inputs = Inputs(networks);
        if (inputs.Count == 0)
        {
            return new Dictionary<string, string>();
        }

        var answer = await interaction.PromptInputsAsync(
            $"Environment {deployment.Environment}",
            "It does not exist yet. Each answer can also be given by the variable of the same name.",
            inputs,
            null,
            context.CancellationToken);
        return answer.Canceled
            ? throw new DistributedApplicationException("Nothing was changed.")
            : answer.Data
                .Where(input => !string.IsNullOrWhiteSpace(input.Value))
                .ToDictionary(input => input.Name, input => input.Value!.Trim());
    }

    /// <summary>The questions: the network with what exists as choices, and the variables that matter at the first deployment.</summary>
    internal List<InteractionInput> Inputs(IReadOnlyList<AwsNetwork> networks)
    {
        var inputs = new List<InteractionInput>();
        if (deployment.Variable(VpcId) is null)
        {
            inputs.Add(new InteractionInput
            {
                Name = VpcId,
                Label = "VPC",
                Description = Describe(PassedValue.Vpc),
                InputType = InputType.Choice,
                Required = true,
                AllowCustomChoice = true,
                Options = [.. networks.Select(network => KeyValuePair.Create(network.VpcId, Text(network)))],
                Value = (networks.FirstOrDefault(network => network.IsDefault) ?? (networks.Count == 1 ? networks[0] : null))?.VpcId,
            });
        }

        if (deployment.Variable(SubnetIds) is null)
        {
            inputs.Add(new InteractionInput
            {
                Name = SubnetIds,
                Label = "Private subnets",
                Description = Describe(PassedValue.Subnets),
                InputType = InputType.Choice,
                Required = true,
                AllowCustomChoice = true,
                // Sets of one private subnet a zone; any other set can be typed.
                Options =
                [
                    .. networks.Select(network => (network, Subnets: PrivateSubnets(network).ToList()))
                        .Where(choice => choice.Subnets.Count >= FewestSubnets)
                        .Select(choice => KeyValuePair.Create(
                            string.Join(',', choice.Subnets.Select(subnet => subnet.Id)),
                            $"{choice.network.VpcId}: {string.Join(", ", choice.Subnets.Select(Text))}")),
                ],
            });
        }

        foreach (var variable in s_asked.Where(name => deployment.Variable(name) is null))
        {
            inputs.Add(new InteractionInput
            {
                Name = variable,
                Label = variable,
                Description = deployment.Variables[variable].First().Description,
                InputType = variable == Egress ? InputType.Choice : InputType.Text,
                Required = variable == Egress || (variable == Authority && deployment.IsProduction),
                Options = variable == Egress
                    ?
                    [
                        KeyValuePair.Create("nat", "nat: a NAT gateway that exists"),
                        KeyValuePair.Create("endpoints", "endpoints: VPC endpoints"),
                    ]
                    : null,
                Value = variable == Egress ? "nat" : null,
            });
        }

        return inputs;
    }

    private string Describe(string from) =>
        PassedValue.ReadAll(deployment.InfrastructureDirectory).Single(value => value.From == from).Description;

    private static string Text(AwsNetwork network) =>
        network.VpcId + (network.Name is { } name ? $" {name}" : "") + (network.IsDefault ? " (default)" : "");

    private static string Text(AwsSubnet subnet) => $"{subnet.Id} in {subnet.AvailabilityZone}";

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private void CheckAuthentication(PipelineStepContext context, string? authority)
    {
        if (authority is not null || deployment.Environment == ResourceNames.Development)
        {
            return;
        }

        if (deployment.IsProduction && deployment.Variable("ALLOW_ANONYMOUS") != "true")
        {
            throw new DistributedApplicationException(
                $"{Authority} is not set: every caller of the API could act for every user, deletion of profiles included. "
                + "Set it, or say ALLOW_ANONYMOUS=true.");
        }

        context.ReportingStep.Log(LogLevel.Warning, $"{Authority} is not set: every caller of the API may act for every user.");
    }
}
