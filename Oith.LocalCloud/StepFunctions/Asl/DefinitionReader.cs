using System.Globalization;
using Oith.LocalCloud.StepFunctions.JSONata;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Reads the fields of one object of a definition and notes what is wrong with them.</summary>
/// <param name="path">Where the object is: <c>/States/First</c>.</param>
internal sealed class DefinitionReader(AslValue value, string path, List<DefinitionFault> faults)
{
    public AslValue Value { get; } = value;

    public string Path { get; } = path;

    public List<DefinitionFault> Faults { get; } = faults;

    /// <summary>True inside a state whose expressions are JSONata.</summary>
    public bool IsJsonata { get; set; }

    public bool Has(string name) => Value.TryGet(name, out _);

    public AslValue? Find(string name) => Value.Find(name);

    public void Fault(string message, string? field = null) =>
        Faults.Add(new DefinitionFault(DefinitionFault.Schema, message, field is null ? Path : $"{(Path == "/" ? "" : Path)}/{field}"));

    /// <summary>Notes every field that is not among those known.</summary>
    public void Allow(IReadOnlySet<string> names)
    {
        foreach (var (name, _) in Value.Members)
        {
            if (!names.Contains(name))
            {
                Fault($"Field '{name}' is not supported");
            }
        }
    }

    /// <summary>Notes all of the fields that are missing, in one fault.</summary>
    public bool Require(params string[] names)
    {
        var missing = names.Where(name => !Has(name)).ToArray();
        if (missing.Length > 0)
        {
            Fault($"These fields are required: [{string.Join(", ", missing)}]");
        }

        return missing.Length == 0;
    }

    /// <summary>Notes a list that is there and has nothing in it.</summary>
    public void RequireItems(string name)
    {
        if (Find(name) is { IsArray: true, Count: 0 })
        {
            Fault("Value cannot be empty", name);
        }
    }

    public string? String(string name)
    {
        var field = Find(name);
        if (field is { IsString: false })
        {
            Fault("Expected value of type String", name);
            return null;
        }

        return field?.Text;
    }

    public bool Boolean(string name)
    {
        var field = Find(name);
        if (field is not null && field.Kind != AslKind.Boolean)
        {
            Fault("Expected value of type Boolean", name);
        }

        return field?.Boolean == true;
    }

    /// <summary>A whole number not below <paramref name="minimum"/>.</summary>
    public long? Whole(string name, long minimum)
    {
        var field = Find(name);
        if (field is null)
        {
            return null;
        }

        if (!long.TryParse(field.Kind == AslKind.Number ? field.Text : "", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            Fault("Expected value of type Integer", name);
            return null;
        }

        if (whole < minimum)
        {
            Fault($"The value must be greater than or equal to {minimum.ToString(CultureInfo.InvariantCulture)}", name);
        }

        return whole;
    }

    public double? Number(string name)
    {
        var field = Find(name);
        if (field is not null && field.Kind != AslKind.Number)
        {
            Fault("Expected value of type Number", name);
            return null;
        }

        return field?.Number;
    }

    /// <summary>A path from the input, the context object or a variable.</summary>
    public PathExpression? PathExpression(string name)
    {
        if (String(name) is not { } text)
        {
            return null;
        }

        var parsed = Asl.PathExpression.TryParse(text);
        if (parsed is null)
        {
            Fault("Value is not a valid JSONPath", name);
        }

        return parsed;
    }

    public NumberField NumberField(string name, double? byDefault, long minimum = 0)
    {
        if (Expression(name) is { } expression)
        {
            return new NumberField(name, null, null) { Expression = expression };
        }

        if (Has(name) && Has(name + "Path"))
        {
            Fault($"Only one of the fields '{name}' and '{name}Path' may be set");
        }

        return new NumberField(name, name == "ToleratedFailurePercentage" ? Number(name) ?? byDefault : Whole(name, minimum) ?? byDefault, PathExpression(name + "Path"));
    }

    /// <summary>InputPath or OutputPath, which may be null.</summary>
    public PathField PathField(string name) => Find(name) is { IsNull: true } ? new PathField(null, Discards: true) : new PathField(PathExpression(name));

    public ResultPath ResultPath()
    {
        if (Find("ResultPath") is { IsNull: true })
        {
            return new ResultPath(null, Discards: true);
        }

        var parsed = PathExpression("ResultPath");
        if (parsed is not null && (parsed.Root != PathRoot.Input || !parsed.Path.IsReference))
        {
            Fault("Value is not a Reference Path", "ResultPath");
        }

        return new ResultPath(parsed);
    }

    public PayloadTemplate? Template(string name) => IsJsonata ? JsonataTemplate(name)
        : Find(name) is { } template ? Template(template, $"{Path}/{name}") : null;

    /// <summary>A field that only JSONata has; null in JSONPath.</summary>
    public JsonataTemplate? JsonataTemplate(string name) => IsJsonata && Find(name) is { } template
        ? Asl.JsonataTemplate.Parse(template, name, (field, error) => Fault(Invalid(error), field))
        : null;

    /// <summary>The expression of a field in JSONata; null when the field has none.</summary>
    public JsonataField? Expression(string name)
    {
        if (!IsJsonata || Find(name) is not { } value || !JsonataField.IsExpression(value))
        {
            return null;
        }

        try
        {
            return JsonataField.Parse(value, name);
        }
        catch (JsonataException error)
        {
            Fault(Invalid(error), name);
            return null;
        }
    }

    public PayloadTemplate Template(AslValue template, string at) => PayloadTemplate.Parse(template, at, (where, field) => Faults.Add(
        new DefinitionFault(DefinitionFault.Schema, $"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call", where)));

    /// <summary>The objects of a list, each with its place: <c>/States/First/Retry[0]</c>.</summary>
    public IEnumerable<DefinitionReader> Objects(string name)
    {
        if (Find(name) is not { } list)
        {
            yield break;
        }

        if (!list.IsArray)
        {
            Fault("Expected value of type Array", name);
            yield break;
        }

        for (var i = 0; i < list.Count; i++)
        {
            var at = $"{Path}/{name}[{i.ToString(CultureInfo.InvariantCulture)}]";
            if (list.Items[i].IsObject)
            {
                yield return new DefinitionReader(list.Items[i], at, Faults) { IsJsonata = IsJsonata };
            }
            else
            {
                Faults.Add(new DefinitionFault(DefinitionFault.Schema, "Expected value of type Object", at));
            }
        }
    }

    public DefinitionReader? Object(string name)
    {
        var field = Find(name);
        if (field is { IsObject: false })
        {
            Fault("Expected value of type Object", name);
            return null;
        }

        return field is null ? null : new DefinitionReader(field, $"{Path}/{name}", Faults) { IsJsonata = IsJsonata };
    }

    private static string Invalid(JsonataException error) => $"The value is not a valid JSONata expression: {error.Code}: {error.Message}";

    public IReadOnlyList<string> Strings(string name)
    {
        if (Find(name) is not { } list)
        {
            return [];
        }

        if (!list.IsArray || list.Items.ToArray().Any(item => !item.IsString))
        {
            Fault("Expected value of type Array", name);
            return [];
        }

        return [.. list.Items.ToArray().Select(item => item.Text)];
    }
}
