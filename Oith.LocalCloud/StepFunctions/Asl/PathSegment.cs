using System.Globalization;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>One step of a JSONPath.</summary>
internal abstract class PathSegment
{
    public virtual bool IsDefinite => false;

    /// <summary>Jayway's normal form of the step: <c>['a']</c>, <c>[0]</c>.</summary>
    public virtual string Normal => "";

    /// <summary>All that the step finds below a value.</summary>
    public abstract void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found);

    /// <summary>The one value that a definite step finds.</summary>
    public virtual bool TryStep(AslValue value, AslValue root, out AslValue next)
    {
        next = AslValue.Null;
        return false;
    }
}

/// <summary><c>.name</c> or <c>['name']</c>.</summary>
internal sealed class PathName(string name) : PathSegment
{
    public string Name { get; } = name;

    public override bool IsDefinite => true;

    public override string Normal => $"['{Name}']";

    public override bool TryStep(AslValue value, AslValue root, out AslValue next) => value.TryGet(Name, out next);

    public override void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found)
    {
        if (value.TryGet(Name, out var next))
        {
            found.Add(next);
        }
    }
}

/// <summary><c>[3]</c>; negative counts from the end.</summary>
internal sealed class PathIndex(int index) : PathSegment
{
    public int Index { get; } = index;

    public override bool IsDefinite => true;

    public override string Normal => $"[{Index.ToString(CultureInfo.InvariantCulture)}]";

    public override bool TryStep(AslValue value, AslValue root, out AslValue next)
    {
        var at = Index < 0 ? value.Count + Index : Index;
        var exists = value.IsArray && at >= 0 && at < value.Count;
        next = exists ? value.Items[at] : AslValue.Null;
        return exists;
    }

    public override void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found)
    {
        if (TryStep(value, root, out var next))
        {
            found.Add(next);
        }
    }
}

/// <summary><c>[0,2]</c> or <c>['a','b']</c>.</summary>
internal sealed class PathUnion(PathSegment[] parts) : PathSegment
{
    /// <summary>The names, when it is made of names.</summary>
    public string[]? Names { get; } = Array.TrueForAll(parts, part => part is PathName) ? Array.ConvertAll(parts, part => ((PathName)part).Name) : null;

    public override void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found)
    {
        foreach (var part in parts)
        {
            part.Select(value, root, budget, found);
        }
    }
}

/// <summary><c>['a','b']</c> at the end of a path: an object of those of the members that there are.</summary>
internal sealed class PathProjection(string[] names) : PathSegment
{
    public override bool IsDefinite => true;

    public override string Normal => $"['{string.Join("','", names)}']";

    public override bool TryStep(AslValue value, AslValue root, out AslValue next)
    {
        next = value.IsObject ? Project(value) : AslValue.Null;
        return value.IsObject;
    }

    public override void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found)
    {
        if (value.IsObject)
        {
            budget.Spend(names.Length);
            found.Add(Project(value));
        }
    }

    private AslValue Project(AslValue value)
    {
        var members = new List<KeyValuePair<string, AslValue>>(names.Length);
        foreach (var name in names)
        {
            if (value.TryGet(name, out var member))
            {
                members.Add(KeyValuePair.Create(name, member));
            }
        }

        return AslValue.Object([.. members]);
    }
}

/// <summary><c>[1:4]</c>, <c>[:2]</c>, <c>[-2:]</c>.</summary>
internal sealed class PathSlice(int? from, int? to) : PathSegment
{
    public override void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found)
    {
        if (!value.IsArray)
        {
            return;
        }

        var start = Clamp(from ?? 0, value.Count);
        var end = Clamp(to ?? value.Count, value.Count);
        budget.Spend(Math.Max(0, end - start));
        for (var i = start; i < end; i++)
        {
            found.Add(value.Items[i]);
        }
    }

    private static int Clamp(int index, int count) => Math.Clamp(index < 0 ? count + index : index, 0, count);
}

/// <summary><c>.*</c> or <c>[*]</c>.</summary>
internal sealed class PathWildcard : PathSegment
{
    public override void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found)
    {
        budget.Spend(value.Count);
        found.AddRange(value.Items);
        foreach (var (_, member) in value.Members)
        {
            found.Add(member);
        }
    }
}

/// <summary><c>..</c>: the value and everything below it; the next step applies to each.</summary>
internal sealed class PathDescent : PathSegment
{
    public override void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found)
    {
        budget.Spend();
        found.Add(value);
        foreach (var item in value.Items)
        {
            Select(item, root, budget, found);
        }

        foreach (var (_, member) in value.Members)
        {
            Select(member, root, budget, found);
        }
    }
}

/// <summary><c>[?(@.price &lt; 10)]</c>.</summary>
internal sealed class PathFilter(FilterExpression filter) : PathSegment
{
    public override void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found)
    {
        foreach (var item in value.Items)
        {
            budget.Spend();
            if (filter.Matches(item, root, budget))
            {
                found.Add(item);
            }
        }

        if (value.IsObject && filter.Matches(value, root, budget))
        {
            found.Add(value);
        }
    }
}

/// <summary>A function at the end of a path: <c>.length()</c>, <c>.sum()</c>…</summary>
internal sealed class PathFunction(string name) : PathSegment
{
    public static bool IsKnown(string name) => name is "length" or "size" or "min" or "max" or "avg" or "sum" or "first" or "last" or "keys";

    public override bool IsDefinite => true;

    public override string Normal => $".{name}()";

    public override bool TryStep(AslValue value, AslValue root, out AslValue next)
    {
        var result = Apply(value);
        next = result ?? AslValue.Null;
        return result is not null;
    }

    public override void Select(AslValue value, AslValue root, PathBudget budget, List<AslValue> found)
    {
        if (Apply(value) is { } result)
        {
            found.Add(result);
        }
    }

    private AslValue? Apply(AslValue value)
    {
        switch (name)
        {
            case "length" or "size":
                return value.IsArray || value.IsObject ? AslValue.Of(value.Count) : value.IsString ? AslValue.Of(value.Text.Length) : null;
            case "keys":
                return value.IsObject ? AslValue.Array([.. value.Members.ToArray().Select(member => AslValue.Of(member.Key))]) : null;
            case "first":
                return value.Count > 0 && value.IsArray ? value.Items[0] : null;
            case "last":
                return value.Count > 0 && value.IsArray ? value.Items[^1] : null;
        }

        var numbers = value.Items.ToArray().Where(item => item.Kind == AslKind.Number).Select(item => item.Number).ToArray();
        return numbers.Length == 0 ? null : AslValue.Of(name switch
        {
            "min" => numbers.Min(),
            "max" => numbers.Max(),
            "avg" => numbers.Average(),
            _ => numbers.Sum(),
        });
    }
}
