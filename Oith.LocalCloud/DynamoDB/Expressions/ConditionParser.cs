namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>Parses conditions, filters and key conditions: <c>(a = :a OR NOT begins_with(b, :b)) AND size(c) IN (:x, :y)</c>.</summary>
internal sealed class ConditionParser : ExpressionParser
{
    private static readonly Dictionary<string, int> s_functions = new(StringComparer.Ordinal)
    {
        ["attribute_exists"] = 1,
        ["attribute_not_exists"] = 1,
        ["attribute_type"] = 2,
        ["begins_with"] = 2,
        ["contains"] = 2,
        ["size"] = 1,
    };

    private readonly List<DocumentPath> _paths = [];

    // What stood in parentheses of its own, to find redundant ones; conditions made by functions, to name the function.
    private object? _parenthesised;
    private readonly Dictionary<object, string> _functionNames = [];

    private ConditionParser(string text)
        : base(text)
    {
    }

    public static ConditionExpression Parse(string text)
    {
        var parser = new ConditionParser(text);
        var root = parser.AsCondition(parser.ParseOr());
        parser.Finish();
        return new ConditionExpression { Root = root, Names = parser.Names, Values = parser.Values, Paths = parser._paths };
    }

    // Until a comparison follows, (a) may be an operand or a condition: the parsers return either.
    private object ParseOr()
    {
        var left = ParseAnd();
        while (Current.IsKeyword("OR"))
        {
            var condition = AsCondition(left);
            Take();
            left = new OrCondition(condition, AsCondition(ParseAnd()));
        }

        return left;
    }

    private object ParseAnd()
    {
        var left = ParseNot();
        while (Current.IsKeyword("AND"))
        {
            var condition = AsCondition(left);
            Take();
            left = new AndCondition(condition, AsCondition(ParseNot()));
        }

        return left;
    }

    private object ParseNot() => TakeKeyword("NOT") ? new NotCondition(AsCondition(ParseNot())) : ParseComparison();

    private object ParseComparison()
    {
        var left = ParsePrimary();
        if (Current.Kind == TokenKind.Symbol && ComparisonCondition.IsSymbol(Current.Text))
        {
            var comparison = ComparisonCondition.Parse(Take().Text);
            return new ComparisonCondition(comparison, AsOperand(left), AsOperand(ParsePrimary()));
        }

        if (TakeKeyword("BETWEEN"))
        {
            var lower = AsOperand(ParsePrimary());
            if (!TakeKeyword("AND"))
            {
                throw SyntaxError();
            }

            return new BetweenCondition(AsOperand(left), lower, AsOperand(ParsePrimary()));
        }

        if (TakeKeyword("IN"))
        {
            Expect("(");
            var choices = new List<Operand>();
            do
            {
                choices.Add(AsOperand(ParsePrimary()));
            }
            while (TakeSymbol(","));
            Expect(")");
            if (choices.Count > 100)
            {
                Note(
                    ErrorKind.Operands,
                    $"Too many operands for operator or function; operator or function: IN, number of operands: {choices.Count}");
            }

            return new InCondition(AsOperand(left), choices);
        }

        return left;
    }

    private object ParsePrimary()
    {
        if (TakeSymbol("("))
        {
            var inner = ParseOr();
            Expect(")");
            if (ReferenceEquals(inner, _parenthesised))
            {
                Note(ErrorKind.RedundantParentheses, "The expression has redundant parentheses;");
            }

            _parenthesised = inner;
            return inner;
        }

        if (Current.Kind == TokenKind.ValuePlaceholder)
        {
            return ParseValuePlaceholder();
        }

        if (Current.IsKeyword("AND") || Current.IsKeyword("OR") || Current.IsKeyword("NOT") || Current.IsKeyword("IN") || Current.IsKeyword("BETWEEN"))
        {
            throw SyntaxError();
        }

        return Current.Kind == TokenKind.Identifier && Following.Is("(") ? ParseFunction() : ParsePathOperand();
    }

    private PathOperand ParsePathOperand()
    {
        var path = ParsePath();
        _paths.Add(path);
        return new PathOperand(path);
    }

    private object ParseFunction()
    {
        var name = Take().Text;
        Expect("(");
        var arguments = new List<Operand>();
        do
        {
            arguments.Add(AsOperand(ParsePrimary()));
        }
        while (TakeSymbol(","));
        Expect(")");

        if (!s_functions.TryGetValue(name, out var count))
        {
            Note(ErrorKind.UnknownFunction, $"Invalid function name; function: {name}");
            return new NotCondition(null!);
        }

        if (arguments.Count != count)
        {
            Note(
                ErrorKind.Operands,
                $"Incorrect number of operands for operator or function; operator or function: {name}, number of operands: {arguments.Count}");
            arguments = [arguments[0], arguments[^1]];
        }

        var result = Function(name, arguments);
        _functionNames[result] = name;
        return result;
    }

    private object Function(string name, List<Operand> arguments)
    {
        switch (name)
        {
            case "size":
                return new SizeOperand(arguments[0]);
            case "attribute_type":
                return new TypeCondition(arguments[0], arguments[1]);
            case "begins_with":
                return new BeginsWithCondition(arguments[0], arguments[1]);
            case "contains":
                return new ContainsCondition(arguments[0], arguments[1]);
        }

        if (arguments[0] is PathOperand path)
        {
            return new ExistsCondition(path.Path, exists: name == "attribute_exists");
        }

        Note(ErrorKind.Operands, $"Operator or function requires a document path; operator or function: {name}");
        return new ExistsCondition(new DocumentPath([]), exists: true);
    }

    private Condition AsCondition(object parsed)
    {
        if (parsed is Condition condition)
        {
            return condition;
        }

        if (parsed is SizeOperand)
        {
            Note(ErrorKind.MisusedFunction, "The function is not allowed to be used this way in an expression; function: size");
            return new NotCondition(null!);
        }

        throw SyntaxError();
    }

    private Operand AsOperand(object parsed)
    {
        if (parsed is Operand operand)
        {
            return operand;
        }

        if (_functionNames.TryGetValue(parsed, out var function))
        {
            Note(
                ErrorKind.MisusedFunction,
                $"The function is not allowed to be used this way in an expression; function: {function}");
            return new ValueOperand(-1);
        }

        throw SyntaxError();
    }
}
