using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata.Nodes;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary><c>$keys $lookup $spread $merge $clone</c>.</summary>
internal static class ObjectFunctions
{
    public static IEnumerable<NativeFunction> All() =>
    [
        new("keys", 1, "<x-:a<s>>", 1, static (arguments, run) => Keys(arguments[0], run)),
        new("lookup", 2, "<x-s:x>", 2, static (arguments, run) => Operand.Lookup(arguments[0], arguments[1]?.Text ?? "undefined", run)),
        new("spread", 1, "<x-:a<o>>", 1, static (arguments, run) => Spread(arguments[0], run)),
        new("merge", 1, "<a<o>:o>", 1, static (arguments, run) => arguments[0] is { } objects ? Merge(objects, run) : null),
        new("clone", 1, "<(oa)-:o>", 1, static (arguments, _) => arguments[0]),
    ];

    private static AslValue Keys(AslValue? value, JsonataRun run)
    {
        var keys = default(SequenceBuilder);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        CollectKeys(value, seen, ref keys, run);
        return keys.ToArray(run, ArrayTraits.Sequence);
    }

    private static void CollectKeys(AslValue? value, HashSet<string> seen, ref SequenceBuilder keys, JsonataRun run)
    {
        run.Step();
        foreach (var item in value is null ? [] : value.Items)
        {
            CollectKeys(item, seen, ref keys, run);
        }

        foreach (var (name, _) in value is null ? [] : value.Members)
        {
            if (seen.Add(name))
            {
                keys.Add(AslValue.Of(name));
            }
        }
    }

    private static AslValue? Spread(AslValue? value, JsonataRun run)
    {
        if (value is { IsArray: true, Count: > 0 })
        {
            var all = default(SequenceBuilder);
            foreach (var item in value.Items)
            {
                all.AddFlat(Spread(item, run), run);
            }

            return all.ToArray(run);
        }

        if (value is not { IsObject: true })
        {
            return value is { IsArray: true } ? null : value;
        }

        var members = default(SequenceBuilder);
        foreach (var member in value.Members)
        {
            members.Add(run.Object([member]));
        }

        return members.ToArray(run, ArrayTraits.Sequence);
    }

    private static AslValue Merge(AslValue objects, JsonataRun run)
    {
        var members = new List<KeyValuePair<string, AslValue>>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var one in objects.Items)
        {
            foreach (var member in one.Members)
            {
                run.Step();
                if (places.TryAdd(member.Key, members.Count))
                {
                    members.Add(member);
                }
                else
                {
                    members[places[member.Key]] = member;
                }
            }
        }

        return run.Object([.. members]);
    }
}
