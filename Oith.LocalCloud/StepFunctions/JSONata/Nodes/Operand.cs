using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Nodes;

/// <summary>What operators ask of values: their truth, their equality, their kind.</summary>
internal static class Operand
{
    /// <summary>The value as a condition; nothing is false.</summary>
    public static bool IsTrue(AslValue? value)
    {
        switch (value?.Kind)
        {
            case AslKind.Array:
                foreach (var item in value.Items)
                {
                    if (IsTrue(item))
                    {
                        return true;
                    }
                }

                return false;
            case AslKind.String:
                return value.Text.Length > 0;
            case AslKind.Number:
                return Finite(value) is not (0 or double.NaN);
            case AslKind.Object:
                return value.Count > 0;
            case AslKind.Boolean:
                return value.Boolean;
            default:
                return false;
        }
    }

    /// <exception cref="JsonataException">D1001: the number is infinite.</exception>
    public static double Finite(AslValue value)
    {
        var number = value.Number;
        return double.IsInfinity(number) ? throw new JsonataException("D1001") { Value = JsonataException.Shown(value) } : number;
    }

    public static bool IsArrayOf(AslValue value, AslKind kind)
    {
        foreach (var item in value.Items)
        {
            if (item.Kind != kind)
            {
                return false;
            }
        }

        return true;
    }

    public static bool DeepEquals(AslValue left, AslValue right)
    {
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        if (left.Kind != right.Kind || left.Count != right.Count)
        {
            return false;
        }

        switch (left.Kind)
        {
            case AslKind.Number:
                return left.Number.Equals(right.Number) || (left.Number == 0 && right.Number == 0);
            case AslKind.Array:
                for (var i = 0; i < left.Count; i++)
                {
                    if (!DeepEquals(left.Items[i], right.Items[i]))
                    {
                        return false;
                    }
                }

                return true;
            case AslKind.Object:
                foreach (var (name, value) in left.Members)
                {
                    if (!right.TryGet(name, out var theirs) || !DeepEquals(value, theirs))
                    {
                        return false;
                    }
                }

                return true;
            case AslKind.Function:
                return false;
            default:
                return left.Text == right.Text;
        }
    }

    /// <summary>The values of both, an array's items and any other value itself, in one array.</summary>
    public static AslValue? Append(AslValue? left, AslValue? right, JsonataRun run)
    {
        if (left is null || right is null)
        {
            return left ?? right;
        }

        var all = default(SequenceBuilder);
        all.AddFlat(left, run);
        all.AddFlat(right, run);
        return all.ToArray(run);
    }

    /// <summary>A member of an object, or of each object of an array.</summary>
    public static AslValue? Lookup(AslValue? input, string name, JsonataRun run, bool keepsArray = false)
    {
        if (input is not { IsArray: true })
        {
            return input?.Find(name);
        }

        var found = default(SequenceBuilder);
        Collect(input, name, run, ref found);
        return found.ToResult(run, keepsArray);
    }

    private static void Collect(AslValue input, string name, JsonataRun run, ref SequenceBuilder found)
    {
        foreach (var item in input.Items)
        {
            run.Step();
            if (item.IsArray)
            {
                Collect(item, name, run, ref found);
            }
            else if (item.TryGet(name, out var value))
            {
                found.AddFlat(value, run);
            }
        }
    }
}
