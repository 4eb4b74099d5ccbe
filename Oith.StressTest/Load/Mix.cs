using System.Globalization;

namespace Oith.StressTest.Load;

/// <summary>How often each operation occurs among the requests. The weights need not add up to anything.</summary>
internal sealed class Mix
{
    private static readonly Dictionary<string, Mix> s_named = new(StringComparer.Ordinal)
    {
        // Most of what a dating app does is being opened. A decision empties a hand, so as many are filled as are emptied.
        ["standard"] = new("standard", [
            (Operation.Status, 40), (Operation.Look, 30), (Operation.Next, 12), (Operation.Pass, 8), (Operation.Accept, 4),
            (Operation.Request, 2), (Operation.ReadProfile, 2), (Operation.UpdateProfile, 1.5), (Operation.Block, 0.5),
        ]),
        ["reads"] = new("reads", [(Operation.Status, 60), (Operation.Look, 40)]),
        ["async"] = new("async", [(Operation.Request, 1)]),
        ["decisions"] = new("decisions", [
            (Operation.Next, 45), (Operation.Pass, 25), (Operation.Accept, 20), (Operation.UpdateProfile, 5), (Operation.Block, 5),
        ]),
        ["next"] = new("next", [(Operation.Next, 1)]),
    };

    private readonly (Operation Operation, double UpTo)[] _wheel;

    private Mix(string name, (Operation Operation, double Weight)[] weights)
    {
        Name = name;
        var total = weights.Sum(weight => weight.Weight);
        Shares = weights.ToDictionary(weight => weight.Operation, weight => weight.Weight / total);
        var upTo = 0.0;
        _wheel = [.. Shares.Select(share => (share.Key, upTo += share.Value))];
    }

    public static IEnumerable<string> Names => s_named.Keys;

    public string Name { get; }

    /// <summary>0…1 of each operation that occurs.</summary>
    public IReadOnlyDictionary<Operation, double> Shares { get; }

    public double ShareOf(params ReadOnlySpan<Operation> operations)
    {
        var share = 0.0;
        foreach (var operation in operations)
        {
            share += Shares.GetValueOrDefault(operation);
        }

        return share;
    }

    /// <summary>A name of <see cref="Names"/>, or weights: <c>status=50,next=25,pass=25</c>.</summary>
    /// <returns>Null with the reason in <paramref name="problem"/> when it is neither.</returns>
    public static Mix? Parse(string text, out string? problem)
    {
        problem = null;
        if (s_named.TryGetValue(text, out var named))
        {
            return named;
        }

        var weights = new List<(Operation, double)>();
        foreach (var part in text.Split(','))
        {
            if (part.Split('=') is not [var name, var number]
                || !double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) || !(weight > 0)
                || !Enum.TryParse<Operation>(name, ignoreCase: true, out var operation) || operation == Operation.Follow || !char.IsAsciiLetter(name[0])
                || weights.Exists(known => known.Item1 == operation))
            {
                var operations = string.Join(", ", Enum.GetValues<Operation>().Where(known => known != Operation.Follow)).ToLowerInvariant();
                problem = $"'{part}' is not part of a mix. A mix is one of {string.Join(", ", Names)}, or weights such as status=50,next=25,pass=25 of {operations}.";
                return null;
            }

            weights.Add((operation, weight));
        }

        return new Mix(text, [.. weights]);
    }

    /// <param name="spin">0…1, without 1.</param>
    public Operation Pick(double spin)
    {
        foreach (var (operation, upTo) in _wheel)
        {
            if (spin < upTo)
            {
                return operation;
            }
        }

        return _wheel[^1].Operation;
    }
}
