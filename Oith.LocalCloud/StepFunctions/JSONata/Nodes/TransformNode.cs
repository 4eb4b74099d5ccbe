using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata.Syntax;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary><c>| pattern | update, delete |</c>: a function that copies an object and changes the parts that the pattern finds.</summary>
internal sealed class TransformNode(Node pattern, Node update, Node? delete) : Node
{
    private static readonly Signature s_signature = Signature.Parse("<(oa):o>");

    protected override AslValue? Compute(AslValue? input, Frame frame) => new Transformation(this, frame);

    private AslValue? Transform(AslValue? value, Frame frame)
    {
        if (value is null)
        {
            return null;
        }

        // Each part of the copy is an object of its own, so that what the pattern finds is known by its identity.
        var copy = Copy(value, frame.Run);
        var changed = new Dictionary<AslValue, AslValue>(ReferenceEqualityComparer.Instance);
        var matches = pattern.Evaluate(copy, frame);
        if (matches is { IsArray: true })
        {
            foreach (var match in matches.Items)
            {
                Change(match, changed, frame);
            }
        }
        else if (matches is not null)
        {
            Change(matches, changed, frame);
        }

        return changed.Count == 0 ? copy : Rebuilt(copy, changed, frame.Run);
    }

    private void Change(AslValue match, Dictionary<AslValue, AslValue> changed, Frame frame)
    {
        var current = changed.GetValueOrDefault(match, match);
        var members = current.Members.ToArray().ToList();
        if (update.Evaluate(current, frame) is { } updates)
        {
            if (!updates.IsObject)
            {
                throw new JsonataException("T2011", update.Position) { Value = JsonataException.Shown(updates) };
            }

            foreach (var (name, value) in updates.Members)
            {
                var index = members.FindIndex(member => member.Key == name);
                if (index < 0)
                {
                    members.Add(KeyValuePair.Create(name, value));
                }
                else
                {
                    members[index] = KeyValuePair.Create(name, value);
                }
            }
        }

        if (delete is not null)
        {
            foreach (var name in Deletions(delete, current.IsObject ? frame.Run.Object([.. members]) : current, frame))
            {
                members.RemoveAll(member => member.Key == name);
            }
        }

        if (current.IsObject)
        {
            changed[match] = frame.Run.Object([.. members]);
        }
    }

    private static List<string> Deletions(Node delete, AslValue match, Frame frame)
    {
        if (delete.Evaluate(match, frame) is not { } deletions)
        {
            return [];
        }

        AslValue[] names = deletions.IsArray ? deletions.Items.ToArray() : [deletions];
        return Array.TrueForAll(names, name => name.IsString)
            ? [.. names.Select(name => name.Text)]
            : throw new JsonataException("T2012", delete.Position) { Value = JsonataException.Shown(deletions) };
    }

    private static AslValue Copy(AslValue value, JsonataRun run)
    {
        run.Step();
        switch (value.Kind)
        {
            case AslKind.Array:
                var items = new AslValue[value.Count];
                for (var i = 0; i < items.Length; i++)
                {
                    items[i] = Copy(value.Items[i], run);
                }

                return run.Array(items);
            case AslKind.Object:
                var members = new KeyValuePair<string, AslValue>[value.Count];
                for (var i = 0; i < members.Length; i++)
                {
                    members[i] = KeyValuePair.Create(value.Members[i].Key, Copy(value.Members[i].Value, run));
                }

                return run.Object(members);
            case AslKind.Function:
                return AslValue.Of("");
            default:
                return value;
        }
    }

    private static AslValue Rebuilt(AslValue value, Dictionary<AslValue, AslValue> changed, JsonataRun run)
    {
        run.Step();
        if (value.IsArray)
        {
            var items = new AslValue[value.Count];
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = Rebuilt(value.Items[i], changed, run);
            }

            return run.Array(items);
        }

        if (!value.IsObject)
        {
            return value;
        }

        // A value that the update took over is a part of the copy only when it was there before.
        var current = changed.GetValueOrDefault(value, value);
        var members = new KeyValuePair<string, AslValue>[current.Count];
        for (var i = 0; i < members.Length; i++)
        {
            var (name, member) = current.Members[i];
            var isOld = value.TryGet(name, out var old) && ReferenceEquals(old, member);
            members[i] = KeyValuePair.Create(name, isOld ? Rebuilt(member, changed, run) : member);
        }

        return run.Object(members);
    }

    private sealed class Transformation(TransformNode node, Frame frame) : FunctionValue
    {
        public override int Arity => 1;

        protected override Signature? Signature => s_signature;

        protected override AslValue? Invoke(AslValue?[] arguments, AslValue? input, JsonataRun run) =>
            node.Transform(arguments.Length == 0 ? null : arguments[0], frame);
    }
}
