using System.Collections.Concurrent;
using System.Globalization;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>What an ARN of a machine leads to: the machine as it is, one of its versions, or an alias that chose one.</summary>
internal sealed record ResolvedMachine(StateMachine Machine, StateMachineRevision Revision, StateMachineVersion? Version, StateMachineAlias? Alias);

/// <summary>All state machines.</summary>
internal sealed class StateMachineStore
{
    private readonly ConcurrentDictionary<string, StateMachine> _machines = new(StringComparer.Ordinal);

    public IEnumerable<StateMachine> All =>
        _machines.Values.OrderBy(machine => machine.CreationDate).ThenBy(machine => machine.Name, StringComparer.Ordinal);

    public StateMachine? Find(string arn) => _machines.GetValueOrDefault(arn);

    public bool TryAdd(StateMachine machine) => _machines.TryAdd(machine.Arn, machine);

    public bool Remove(string arn) => _machines.TryRemove(arn, out _);

    /// <exception cref="AwsServiceException">InvalidArn, StateMachineDoesNotExist.</exception>
    public StateMachine Get(string arn)
    {
        CheckArn(arn);
        return Find(arn) ?? throw StepFunctionsErrors.MachineDoesNotExist(arn);
    }

    /// <summary>Follows an ARN with an optional version or alias: <c>arn:aws:states:…:stateMachine:name:3</c>.</summary>
    /// <exception cref="AwsServiceException">InvalidArn, StateMachineDoesNotExist.</exception>
    public ResolvedMachine Resolve(string arn)
    {
        CheckArn(arn);
        if (Find(arn) is { } machine)
        {
            return new ResolvedMachine(machine, machine.Revision, null, null);
        }

        var colon = arn.LastIndexOf(':');
        var qualifier = arn[(colon + 1)..];
        machine = Find(arn[..colon]) ?? throw StepFunctionsErrors.MachineDoesNotExist(arn);
        lock (machine.Lock)
        {
            if (int.TryParse(qualifier, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && machine.Versions.Find(one => one.Number == number) is { } version)
            {
                return new ResolvedMachine(machine, version.Revision, version, null);
            }

            if (machine.Aliases.Find(one => one.Name == qualifier) is { } alias)
            {
                var target = Route(alias);
                var routed = machine.Versions.Find(one => machine.VersionArn(one) == target) ?? throw StepFunctionsErrors.MachineDoesNotExist(target);
                return new ResolvedMachine(machine, routed.Revision, routed, alias);
            }
        }

        throw StepFunctionsErrors.MachineDoesNotExist(arn);
    }

    /// <exception cref="AwsServiceException">InvalidArn.</exception>
    public static void CheckArn(string arn)
    {
        if (Arn.ServiceOf(arn) != "states" || Arn.ResourceOf(arn) is not { } resource)
        {
            throw StepFunctionsErrors.InvalidArn(arn);
        }

        if (!resource.StartsWith("stateMachine:", StringComparison.Ordinal))
        {
            throw StepFunctionsErrors.WrongResourceType(arn, resource.Split(':')[0]);
        }
    }

    // By weight, so that of two versions each gets its share of the executions.
    private static string Route(StateMachineAlias alias)
    {
        var chosen = System.Security.Cryptography.RandomNumberGenerator.GetInt32(100);
        foreach (var (versionArn, weight) in alias.Routes)
        {
            if (chosen < weight)
            {
                return versionArn;
            }

            chosen -= weight;
        }

        return alias.Routes[^1].VersionArn;
    }
}
