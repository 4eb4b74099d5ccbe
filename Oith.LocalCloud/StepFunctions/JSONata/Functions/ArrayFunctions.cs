using System.Security.Cryptography;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata.Nodes;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary><c>$append $reverse $shuffle $distinct $zip</c>.</summary>
internal static class ArrayFunctions
{
    public static IEnumerable<NativeFunction> All() =>
    [
        new("append", 2, "<xx:a>", 2, static (arguments, run) => Operand.Append(arguments[0], arguments[1], run)),
        new("reverse", 1, "<a:a>", 1, static (arguments, run) => arguments[0] is { Count: > 1 } array ? Reversed(array, run) : arguments[0]),
        new("shuffle", 1, "<a:a>", 1, static (arguments, run) => arguments[0] is { Count: > 1 } array ? Shuffled(array, run) : arguments[0]),
        new("distinct", 1, "<x:x>", 1, static (arguments, run) =>
            arguments[0] is { IsArray: true, Count: > 1 } array ? Distinct(array, run) : arguments[0]),
        new("zip", 0, "<a+>", 0, static (arguments, run) => Zip(arguments, run)),
    ];

    private static AslValue Reversed(AslValue array, JsonataRun run)
    {
        var items = array.Items.ToArray();
        Array.Reverse(items);
        return run.Array(items);
    }

    private static AslValue Shuffled(AslValue array, JsonataRun run)
    {
        var items = array.Items.ToArray();
        RandomNumberGenerator.Shuffle(items.AsSpan());
        return run.Array(items);
    }

    private static AslValue Distinct(AslValue array, JsonataRun run)
    {
        var found = default(SequenceBuilder);
        var seen = new HashSet<AslValue>(new DeepComparer(run));
        foreach (var item in array.Items)
        {
            run.Step();
            if (seen.Add(item))
            {
                found.Add(item);
            }
        }

        return found.ToArray(run, array.Traits & ArrayTraits.Sequence);
    }

    private static AslValue? Zip(AslValue?[] arrays, JsonataRun run)
    {
        var length = arrays.Length == 0 ? 0 : arrays.Min(array => array?.Count ?? 0);
        var rows = new AslValue[length];
        for (var i = 0; i < length; i++)
        {
            rows[i] = run.Array(Array.ConvertAll(arrays, array => array!.Items[i]));
        }

        return run.Array(rows);
    }

    private sealed class DeepComparer(JsonataRun run) : IEqualityComparer<AslValue>
    {
        public bool Equals(AslValue? x, AslValue? y)
        {
            run.Step();
            return Operand.DeepEquals(x!, y!);
        }

        // Members count in any order, so that only their number is taken.
        public int GetHashCode(AslValue value) => value.Kind switch
        {
            AslKind.Number => value.Number == 0 ? 0 : value.Number.GetHashCode(),
            AslKind.String => string.GetHashCode(value.Text, StringComparison.Ordinal),
            AslKind.Array when value.Count > 0 => HashCode.Combine(value.Count, GetHashCode(value.Items[0])),
            AslKind.Object => HashCode.Combine(value.Count, value.Members.ToArray().Sum(member => (long)string.GetHashCode(member.Key, StringComparison.Ordinal))),
            _ => HashCode.Combine(value.Kind, value.Boolean),
        };
    }
}
