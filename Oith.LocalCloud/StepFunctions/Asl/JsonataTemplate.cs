using Oith.LocalCloud.StepFunctions.JSONata;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>JSON in which strings between <c>{%</c> and <c>%}</c> are JSONata expressions. Parts without one are shared as they are.</summary>
internal sealed class JsonataTemplate : PayloadTemplate
{
    private readonly AslValue _shape;
    private readonly JsonataField? _expression;
    private readonly JsonataTemplate[] _parts;

    /// <param name="shape">The value with its expressions.</param>
    /// <param name="parts">The items or members; none when the value holds no expression.</param>
    private JsonataTemplate(AslValue shape, JsonataField? expression, JsonataTemplate[] parts)
    {
        _shape = shape;
        _expression = expression;
        _parts = parts;
    }

    /// <summary>The expression when the whole of the template is one.</summary>
    public JsonataField? Whole => _expression;

    public override IEnumerable<string> Variables => _expression?.Variables ?? _parts.SelectMany(part => part.Variables);

    private bool IsConstant => _expression is null && _parts.Length == 0;

    /// <param name="field">As AWS names it in causes: <c>Arguments/FunctionName</c>.</param>
    /// <param name="onInvalid">Called with the field and the error of each text that is no expression.</param>
    public static JsonataTemplate Parse(AslValue value, string field, Action<string, JsonataException> onInvalid)
    {
        if (JsonataField.IsExpression(value))
        {
            try
            {
                return new JsonataTemplate(value, JsonataField.Parse(value, field), []);
            }
            catch (JsonataException error)
            {
                onInvalid(field, error);
                return new JsonataTemplate(value, null, []);
            }
        }

        JsonataTemplate[] parts = value.Kind switch
        {
            AslKind.Object => [.. value.Members.ToArray().Select(member => Parse(member.Value, $"{field}/{member.Key}", onInvalid))],
            AslKind.Array => [.. value.Items.ToArray().Select((item, index) => Parse(item, $"{field}[{index}]", onInvalid))],
            _ => [],
        };
        return new JsonataTemplate(value, null, Array.TrueForAll(parts, part => part.IsConstant) ? [] : parts);
    }

    public override AslValue Evaluate(in Evaluation evaluation)
    {
        if (_expression is not null)
        {
            return _expression.Evaluate(evaluation);
        }

        if (_parts.Length == 0)
        {
            return _shape;
        }

        if (_shape.IsArray)
        {
            var items = new AslValue[_parts.Length];
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = _parts[i].Evaluate(evaluation);
            }

            return AslValue.Array(items);
        }

        var members = new KeyValuePair<string, AslValue>[_parts.Length];
        for (var i = 0; i < members.Length; i++)
        {
            members[i] = KeyValuePair.Create(_shape.Members[i].Key, _parts[i].Evaluate(evaluation));
        }

        return AslValue.Object(members);
    }
}
