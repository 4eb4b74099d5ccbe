using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Oith.LocalCloud.Wire.Shapes;

/// <summary>
/// Holds a call's input against the operation's shape before the service sees it, as the front of AWS's services does: a value
/// of a wrong type is a SerializationException, and all that breaks a constraint is told in one error.
/// </summary>
internal sealed class InputCheck
{
    // The years 1 to 9999.
    private const double FirstSecond = -62_135_596_800;
    private const double LastSecond = 253_402_300_799;

    private readonly InputShapes _shapes;
    private readonly string _operation;
    private readonly bool _areNumbersText;
    private readonly bool _areBlobsText;
    private readonly List<string> _errors = [];

    private InputCheck(InputShapes shapes, AwsCall call)
    {
        (_shapes, _operation) = (shapes, call.Operation);
        // Forms, paths and query strings know texts only; templates give numbers as texts too.
        _areBlobsText = call.Protocol is AwsProtocol.Json or AwsProtocol.Cbor or AwsProtocol.Query;
        _areNumbersText = call.Protocol is not (AwsProtocol.Json or AwsProtocol.Cbor);
    }

    /// <exception cref="AwsServiceException">The input is none that the operation takes.</exception>
    public static void Run(InputShapes shapes, AwsCall call)
    {
        if (shapes.Find(call.Operation) is not { Kind: ShapeKind.Structure } shape)
        {
            return;
        }

        var check = new InputCheck(shapes, call);
        check.Check(shape, call.Input, "", call.Operation);
        if (check._errors.Count > 0)
        {
            throw shapes.Error(
                $"{check._errors.Count} validation error{(check._errors.Count > 1 ? "s" : "")} detected: {string.Join("; ", check._errors)}");
        }
    }

    private void Check(InputShape shape, JsonElement value, string path, string name)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Structure:
                CheckStructure(shape, value, path, name);
                break;
            case ShapeKind.List:
                CheckList(shape, value, path, name);
                break;
            case ShapeKind.Map:
                CheckMap(shape, value, path, name);
                break;
            default:
                CheckType(shape, value, name);
                if (Failures(shape, value).FirstOrDefault() is { } failure)
                {
                    Fail(Text(value), path, failure);
                }

                break;
        }
    }

    private void CheckStructure(InputShape shape, JsonElement value, string path, string name)
    {
        Require(value.ValueKind == JsonValueKind.Object, name, "a structure");
        foreach (var (memberName, member) in shape.Members)
        {
            var memberPath = path.Length == 0 ? Camel(memberName) : $"{path}.{Camel(memberName)}";
            if (value.TryGetProperty(memberName, out var given) && given.ValueKind != JsonValueKind.Null)
            {
                if (_shapes.Find(member.Shape) is { } memberShape)
                {
                    Check(memberShape, given, memberPath, memberName);
                }
            }
            else if (member.IsRequired)
            {
                _errors.Add($"Value null at '{memberPath}' failed to satisfy constraint: Member must not be null");
            }
        }

        foreach (var given in value.EnumerateObject())
        {
            if (!shape.Members.ContainsKey(given.Name))
            {
                throw _shapes.Error($"LocalCloud does not know the member {given.Name} of {(path.Length == 0 ? _operation : $"{path} in {_operation}")}.");
            }
        }
    }

    private void CheckList(InputShape shape, JsonElement value, string path, string name)
    {
        // An empty list has no other form than an empty text in a form.
        if (_areNumbersText && value is { ValueKind: JsonValueKind.String } && value.GetString()!.Length == 0)
        {
            return;
        }

        Require(value.ValueKind == JsonValueKind.Array, name, "a list");
        CheckLength(shape, value.GetArrayLength(), () => Text(value), path);
        if (_shapes.Find(shape.Item!) is not { } item)
        {
            return;
        }

        var number = 0;
        foreach (var entry in value.EnumerateArray())
        {
            number++;
            if (item.Kind is ShapeKind.Structure or ShapeKind.List or ShapeKind.Map)
            {
                Check(item, entry, $"{path}.{number}.member", name);
                continue;
            }

            CheckType(item, entry, name);
            if (Failures(item, entry).Any())
            {
                Fail(Text(value), path, $"Member must satisfy constraint: [{string.Join(", ", Constraints(item))}]");
                return;
            }
        }
    }

    private void CheckMap(InputShape shape, JsonElement value, string path, string name)
    {
        Require(value.ValueKind == JsonValueKind.Object, name, "a map");
        CheckLength(shape, value.EnumerateObject().Count(), () => Text(value), path);
        foreach (var entry in value.EnumerateObject())
        {
            if (_shapes.Find(shape.Item!) is { } item)
            {
                Check(item, entry.Value, $"{path}.{entry.Name}.member", name);
            }
        }
    }

    private void CheckLength(InputShape shape, int length, Func<string> text, string path)
    {
        if (length < shape.Minimum)
        {
            Fail(text(), path, $"Member must have length greater than or equal to {shape.Minimum}");
        }
        else if (length > shape.Maximum)
        {
            Fail(text(), path, $"Member must have length less than or equal to {shape.Maximum}");
        }
    }

    private void CheckType(InputShape shape, JsonElement value, string name)
    {
        var (isRight, wanted) = shape.Kind switch
        {
            ShapeKind.Integer or ShapeKind.Long => (IsNumber(value, NumberStyles.AllowLeadingSign), "a whole number"),
            ShapeKind.Double => (IsFinite(value) ?? throw NotFinite(value, name), "a number"),
            ShapeKind.Boolean => (
                value.ValueKind is JsonValueKind.True or JsonValueKind.False
                || (_areNumbersText && value.ValueKind == JsonValueKind.String && bool.TryParse(value.GetString(), out _)), "true or false"),
            ShapeKind.Timestamp => (
                (value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= FirstSecond and <= LastSecond)
                || (value.ValueKind == JsonValueKind.String && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, out _)), "a timestamp"),
            ShapeKind.Blob when _areBlobsText => (value.ValueKind == JsonValueKind.String && Base64.IsValid(value.GetString()), "a base64 text"),
            // Templates write numbers where a service takes a text.
            _ => (value.ValueKind == JsonValueKind.String || (_areNumbersText && value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)), "a string"),
        };
        Require(isRight, name, wanted);
    }

    private bool IsNumber(JsonElement value, NumberStyles styles) => value.ValueKind switch
    {
        JsonValueKind.Number => styles == NumberStyles.Float || value.TryGetInt64(out _) || double.IsInteger(value.GetDouble()),
        JsonValueKind.String when _areNumbersText => double.TryParse(value.GetString(), styles, CultureInfo.InvariantCulture, out _),
        _ => false,
    };

    /// <returns>Whether the value is a number, null for one that no service stores: NaN, an infinity, 1e999.</returns>
    private bool? IsFinite(JsonElement value)
    {
        var isNumeral = value.ValueKind == JsonValueKind.Number || (_areNumbersText && value.ValueKind == JsonValueKind.String);
        // The JSON protocol writes what has no numeral as text, in every protocol.
        return (isNumeral || Text(value) is "NaN" or "Infinity" or "-Infinity") && double.TryParse(Text(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? double.IsFinite(number) ? true : null
            : false;
    }

    private static AwsServiceException NotFinite(JsonElement value, string name) =>
        new("InvalidParameterValue", $"The value {Text(value)} for parameter {name} is invalid.");

    private static IEnumerable<string> Failures(InputShape shape, JsonElement value)
    {
        if (shape.Kind == ShapeKind.Enum)
        {
            return shape.Values.Contains(Text(value), StringComparer.Ordinal) ? [] : Constraints(shape);
        }

        var measure = shape.Kind is ShapeKind.String or ShapeKind.Blob ? Text(value).Length
            : shape.Kind is ShapeKind.Integer or ShapeKind.Long ? double.Parse(Text(value), CultureInfo.InvariantCulture)
            : 0;
        var isText = shape.Kind is ShapeKind.String;
        return Constraints(shape).Where((_, index) => Broken().ElementAt(index));

        IEnumerable<bool> Broken()
        {
            if (shape.Maximum is { } maximum)
            {
                yield return shape.Kind != ShapeKind.Blob && measure > maximum;
            }

            if (shape.Minimum is { } minimum)
            {
                yield return shape.Kind != ShapeKind.Blob && measure < minimum;
            }

            if (shape.Pattern is { } pattern)
            {
                yield return isText && !pattern.IsMatch(Text(value));
            }
        }
    }

    /// <summary>All that a scalar must satisfy, in AWS's words and order.</summary>
    private static IEnumerable<string> Constraints(InputShape shape)
    {
        if (shape.Kind == ShapeKind.Enum)
        {
            yield return $"Member must satisfy enum value set: [{string.Join(", ", shape.Values)}]";
        }

        var measure = shape.Kind is ShapeKind.Integer or ShapeKind.Long ? "value" : "length";
        if (shape.Maximum is { } maximum)
        {
            yield return $"Member must have {measure} less than or equal to {maximum}";
        }

        if (shape.Minimum is { } minimum)
        {
            yield return $"Member must have {measure} greater than or equal to {minimum}";
        }

        if (shape.Pattern is not null)
        {
            yield return $"Member must satisfy regular expression pattern: {shape.PatternText}";
        }
    }

    private void Fail(string value, string path, string constraint) =>
        _errors.Add($"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}");

    private void Require(bool condition, string name, string wanted)
    {
        if (!condition)
        {
            throw new AwsServiceException("SerializationException", $"The member {name} of {_operation} must be {wanted}.");
        }
    }

    /// <summary>A value as AWS's errors show it: <c>[a, b]</c>, <c>{a=b}</c>.</summary>
    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Text))}]",
        JsonValueKind.Object => $"{{{string.Join(", ", value.EnumerateObject().Select(member => $"{member.Name}={Text(member.Value)}"))}}}",
        _ => value.GetRawText(),
    };

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
