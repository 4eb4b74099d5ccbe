using System.Globalization;
using System.Text;
using Oith.LocalCloud.DynamoDB.Expressions;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.PartiQL;

/// <summary>Parses PartiQL statements into the same conditions and updates that expressions become.</summary>
/// <param name="parameters">What stands for each <c>?</c>, in order.</param>
internal sealed class PartiQLParser(string statement, IReadOnlyList<AttributeValue> parameters)
{
    /// <summary>The longest statement, in characters.</summary>
    public const int MaximumLength = 8192;

    /// <summary>How deep conditions may nest, by parentheses, NOT and functions.</summary>
    private const int MaximumDepth = 100;

    private readonly List<PartiQLToken> _tokens = PartiQLLexer.Read(statement);
    private readonly NestingLimit _nesting = new(
        MaximumDepth, () => PartiQLLexer.Error($"The statement is nested deeper than {MaximumDepth} levels"));

    private readonly NestingLimit _valueNesting = new(AttributeJson.MaximumDepth + 1, AttributeJson.TooDeep);
    private int _position;
    private int _parameter;

    private PartiQLToken Current => _tokens[_position];

    /// <exception cref="AwsServiceException">ValidationException: no well-formed statement.</exception>
    public PartiQLStatement Parse()
    {
        PartiQLStatement result = Current.Text.ToUpperInvariant() switch
        {
            "INSERT" => ParseInsert(),
            "SELECT" => ParseSelect(),
            "UPDATE" => ParseUpdate(),
            "DELETE" => ParseDelete(),
            _ => throw Unexpected(),
        };
        if (Current.Kind != PartiQLTokenKind.End)
        {
            throw Unexpected();
        }

        return _parameter == parameters.Count ? result : throw DynamoDBError.Validation("Number of parameters in request and statement don't match.");
    }

    private PartiQLInsert ParseInsert()
    {
        _position++;
        ExpectKeyword("INTO");
        var table = ParseIdentifier();
        ExpectKeyword("VALUE");
        var value = ParseValue();
        return value.Type == AttributeType.M ? new PartiQLInsert(table, new Item(value.Encoded.ToArray())) : throw Unexpected();
    }

    private PartiQLSelect ParseSelect()
    {
        _position++;
        List<DocumentPath>? paths = null;
        if (!TakeSymbol("*"))
        {
            paths = [];
            do
            {
                paths.Add(ParsePath());
            }
            while (TakeSymbol(","));
        }

        ExpectKeyword("FROM");
        var table = ParseIdentifier();
        var index = TakeSymbol(".") ? ParseIdentifier() : null;
        return new PartiQLSelect(table, index, paths, TakeKeyword("WHERE") ? ParseOr() : null);
    }

    private PartiQLUpdate ParseUpdate()
    {
        _position++;
        var table = ParseIdentifier();
        var actions = new List<UpdateAction>();
        while (true)
        {
            if (TakeKeyword("SET"))
            {
                do
                {
                    var path = ParsePath();
                    Expect("=");
                    actions.Add(new SetAction(path, ParseSum()));
                }
                while (TakeSymbol(","));
            }
            else if (TakeKeyword("REMOVE"))
            {
                do
                {
                    actions.Add(new RemoveAction(ParsePath()));
                }
                while (TakeSymbol(","));
            }
            else
            {
                break;
            }
        }

        ExpectKeyword("WHERE");
        var where = ParseOr();
        return actions.Count > 0 ? new PartiQLUpdate(table, actions, where, ParseReturning()) : throw Unexpected();
    }

    private PartiQLDelete ParseDelete()
    {
        _position++;
        ExpectKeyword("FROM");
        var table = ParseIdentifier();
        ExpectKeyword("WHERE");
        return new PartiQLDelete(table, ParseOr(), ParseReturning());
    }

    // RETURNING ALL OLD *
    private string? ParseReturning()
    {
        if (!TakeKeyword("RETURNING"))
        {
            return null;
        }

        var which = TakeKeyword("ALL") ? "ALL" : TakeKeyword("MODIFIED") ? "UPDATED" : throw Unexpected();
        var when = TakeKeyword("OLD") ? "OLD" : TakeKeyword("NEW") ? "NEW" : throw Unexpected();
        Expect("*");
        return $"{which}_{when}";
    }

    private Condition ParseOr()
    {
        var left = ParseAnd();
        while (TakeKeyword("OR"))
        {
            left = new OrCondition(left, ParseAnd());
        }

        return left;
    }

    private Condition ParseAnd()
    {
        var left = ParseNot();
        while (TakeKeyword("AND"))
        {
            left = new AndCondition(left, ParseNot());
        }

        return left;
    }

    private Condition ParseNot()
    {
        using var level = _nesting.Enter();
        return TakeKeyword("NOT") ? new NotCondition(ParseNot()) : ParsePredicate();
    }

    private Condition ParsePredicate()
    {
        if (TakeSymbol("("))
        {
            var inner = ParseOr();
            Expect(")");
            return inner;
        }

        if (Current.Kind == PartiQLTokenKind.Identifier && _tokens[_position + 1].Is("(") && Function() is { } function)
        {
            return function;
        }

        var left = ParseSum();
        if (TakeKeyword("IS"))
        {
            return ParseIs(left);
        }

        if (TakeKeyword("BETWEEN"))
        {
            var lower = ParseSum();
            ExpectKeyword("AND");
            return new BetweenCondition(left, lower, ParseSum());
        }

        if (TakeKeyword("IN"))
        {
            return ParseIn(left);
        }

        var symbol = Current.Text == "!=" ? "<>" : Current.Text;
        if (Current.Kind != PartiQLTokenKind.Symbol || !ComparisonCondition.IsSymbol(symbol))
        {
            throw Unexpected();
        }

        _position++;
        return new ComparisonCondition(ComparisonCondition.Parse(symbol), left, ParseSum());
    }

    // a IS NOT MISSING
    private Condition ParseIs(Operand operand)
    {
        var path = (operand as PathOperand ?? throw Unexpected()).Path;
        var negated = TakeKeyword("NOT");
        if (TakeKeyword("MISSING"))
        {
            return new ExistsCondition(path, exists: negated);
        }

        ExpectKeyword("NULL");
        var isNull = new TypeCondition(operand, new LiteralOperand(Text("NULL")));
        return negated ? new NotCondition(isNull) : isNull;
    }

    private InCondition ParseIn(Operand operand)
    {
        var end = TakeSymbol("[") ? "]" : ")";
        if (end == ")")
        {
            Expect("(");
        }

        var choices = new List<Operand>();
        do
        {
            choices.Add(ParseSum());
        }
        while (TakeSymbol(","));
        Expect(end);
        return new InCondition(operand, choices);
    }

    private Condition? Function()
    {
        var name = Current.Text.ToLowerInvariant();
        if (name is not ("begins_with" or "contains" or "attribute_type"))
        {
            return null;
        }

        _position++;
        Expect("(");
        var first = ParseSum();
        Expect(",");
        var second = ParseSum();
        Expect(")");
        return name switch
        {
            "begins_with" => new BeginsWithCondition(first, second),
            "contains" => new ContainsCondition(first, second),
            _ => new TypeCondition(first, second),
        };
    }

    private Operand ParseSum()
    {
        var left = ParseOperand();
        return Current.Is("+") || Current.Is("-")
            ? new ArithmeticOperand(left, subtract: _tokens[_position++].Text == "-", right: ParseOperand())
            : left;
    }

    private Operand ParseOperand()
    {
        using var level = _nesting.Enter();
        var isName = Current.Kind is PartiQLTokenKind.Identifier or PartiQLTokenKind.QuotedIdentifier;
        if (!isName || Current.IsKeyword("TRUE") || Current.IsKeyword("FALSE") || Current.IsKeyword("NULL"))
        {
            return new LiteralOperand(ParseValue());
        }

        if (!_tokens[_position + 1].Is("("))
        {
            return new PathOperand(ParsePath());
        }

        var name = _tokens[_position++].Text.ToLowerInvariant();
        Expect("(");
        var first = ParseSum();
        Operand result;
        switch (name)
        {
            case "size":
                result = new SizeOperand(first);
                break;
            case "list_append":
                Expect(",");
                result = new ListAppendOperand(first, ParseSum());
                break;
            default:
                throw PartiQLLexer.Error($"LocalCloud does not know the function {name}");
        }

        Expect(")");
        return result;
    }

    private DocumentPath ParsePath()
    {
        var steps = new List<PathStep> { NameStep() };
        while (true)
        {
            if (TakeSymbol("."))
            {
                steps.Add(NameStep());
            }
            else if (TakeSymbol("["))
            {
                steps.Add(new PathStep(null, -1, ParseIndex()));
                Expect("]");
            }
            else
            {
                return new DocumentPath([.. steps]);
            }
        }
    }

    private int ParseIndex() =>
        int.TryParse(Current.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && Take(PartiQLTokenKind.Number).Length > 0
            ? index
            : throw Unexpected();

    private PathStep NameStep() => new(Encoding.UTF8.GetBytes(ParseIdentifier()), -1, -1);

    private AttributeValue ParseValue()
    {
        var writer = ValueWriter.Rent();
        try
        {
            WriteValue(writer);
            return new AttributeValue(writer.ToArray(), 0);
        }
        finally
        {
            writer.Return();
        }
    }

    private void WriteValue(ValueWriter writer)
    {
        using var level = _valueNesting.Enter();
        if (TakeKeyword("TRUE") || Current.IsKeyword("FALSE"))
        {
            writer.WriteBoolean(!TakeKeyword("FALSE"));
        }
        else if (TakeKeyword("NULL"))
        {
            writer.WriteNull();
        }
        else if (Current.Kind == PartiQLTokenKind.Text)
        {
            writer.WriteScalar(AttributeType.S, Encoding.UTF8.GetBytes(Take(PartiQLTokenKind.Text)));
        }
        else if (Current.Kind == PartiQLTokenKind.Parameter)
        {
            _position++;
            writer.WriteEncoded(
                _parameter < parameters.Count
                    ? parameters[_parameter++].Encoded
                    : throw DynamoDBError.Validation("Number of parameters in request and statement don't match."));
        }
        else if (TakeSymbol("["))
        {
            WriteElements(writer, AttributeType.L, "]");
        }
        else if (TakeSymbol("<<"))
        {
            WriteSet(writer);
        }
        else if (TakeSymbol("{"))
        {
            WriteMap(writer);
        }
        else
        {
            writer.WriteScalar(AttributeType.N, ParseNumber());
        }
    }

    private byte[] ParseNumber()
    {
        var sign = TakeSymbol("-") ? "-" : "";
        var text = sign + Take(PartiQLTokenKind.Number);
        Span<byte> number = stackalloc byte[NumberEncoding.MaximumLength];
        return number[..AttributeJson.ParseNumber(Encoding.ASCII.GetBytes(text), number)].ToArray();
    }

    private void WriteElements(ValueWriter writer, AttributeType type, string end)
    {
        var start = writer.StartContainer(type);
        var count = 0;
        while (!TakeSymbol(end))
        {
            if (count++ > 0)
            {
                Expect(",");
            }

            WriteValue(writer);
        }

        writer.EndContainer(start, count);
    }

    private void WriteSet(ValueWriter writer)
    {
        var elements = new List<AttributeValue>();
        while (!TakeSymbol(">>"))
        {
            if (elements.Count > 0)
            {
                Expect(",");
            }

            elements.Add(ParseValue());
        }

        if (elements.Count == 0 || !elements.TrueForAll(element => element.Type.IsScalar() && element.Type == elements[0].Type))
        {
            throw PartiQLLexer.Error("A set takes one or more values of one scalar type");
        }

        var start = writer.StartContainer(elements[0].Type switch { AttributeType.S => AttributeType.SS, AttributeType.N => AttributeType.NS, _ => AttributeType.BS });
        foreach (var element in elements)
        {
            if (elements.Count(other => other.Equals(element)) > 1)
            {
                throw DynamoDBError.Validation("Input collection contains duplicates");
            }

            writer.WriteBytes(element.Scalar);
        }

        writer.EndContainer(start, elements.Count);
    }

    private void WriteMap(ValueWriter writer)
    {
        var start = writer.StartContainer(AttributeType.M);
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (!TakeSymbol("}"))
        {
            if (names.Count > 0)
            {
                Expect(",");
            }

            var name = Take(PartiQLTokenKind.Text);
            if (!names.Add(name))
            {
                throw PartiQLLexer.Error($"The attribute {name} stands in the map twice");
            }

            writer.WriteBytes(Encoding.UTF8.GetBytes(name));
            Expect(":");
            WriteValue(writer);
        }

        writer.EndContainer(start, names.Count);
    }

    private string ParseIdentifier() =>
        Current.Kind is PartiQLTokenKind.Identifier or PartiQLTokenKind.QuotedIdentifier ? _tokens[_position++].Text : throw Unexpected();

    private string Take(PartiQLTokenKind kind) => Current.Kind == kind ? _tokens[_position++].Text : throw Unexpected();

    private bool TakeSymbol(string symbol)
    {
        var found = Current.Is(symbol);
        _position += found ? 1 : 0;
        return found;
    }

    private bool TakeKeyword(string keyword)
    {
        var found = Current.IsKeyword(keyword);
        _position += found ? 1 : 0;
        return found;
    }

    private void Expect(string symbol)
    {
        if (!TakeSymbol(symbol))
        {
            throw Unexpected();
        }
    }

    private void ExpectKeyword(string keyword)
    {
        if (!TakeKeyword(keyword))
        {
            throw Unexpected();
        }
    }

    private AwsServiceException Unexpected() =>
        PartiQLLexer.Error(Current.Kind == PartiQLTokenKind.End ? "Unexpected end of statement" : $"Unexpected token {Current.Text}");

    private static AttributeValue Text(string text)
    {
        var data = new byte[2 + text.Length];
        data[0] = (byte)AttributeType.S;
        data[1] = (byte)text.Length;
        Encoding.ASCII.GetBytes(text, data.AsSpan(2));
        return new AttributeValue(data, 0);
    }
}
