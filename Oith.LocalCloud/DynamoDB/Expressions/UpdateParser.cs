namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>Parses update expressions: <c>SET a = if_not_exists(a, :zero) + :one, b.c[0] = :c REMOVE d ADD e :e</c>.</summary>
internal sealed class UpdateParser : ExpressionParser
{
    private readonly List<UpdateAction> _actions = [];

    private UpdateParser(string text)
        : base(text)
    {
    }

    public static UpdateExpression Parse(string text)
    {
        var parser = new UpdateParser(text);
        var sections = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            var section = parser.Current.Kind == TokenKind.Identifier ? parser.Current.Text.ToUpperInvariant() : "";
            Action parse = section switch
            {
                "SET" => parser.ParseSet,
                "REMOVE" => parser.ParseRemove,
                "ADD" => parser.ParseAdd,
                "DELETE" => parser.ParseDelete,
                _ => throw parser.SyntaxError(),
            };
            parser.Take();
            if (!sections.Add(section))
            {
                parser.Note(ErrorKind.Section, $"The \"{section}\" section can only be used once in an update expression;");
            }

            do
            {
                parse();
            }
            while (parser.TakeSymbol(","));
        }
        while (parser.Current.Kind != TokenKind.End);

        parser.Finish();
        return new UpdateExpression
        {
            Actions = parser._actions,
            Paths = [.. parser._actions.Select(action => action.Path)],
            Names = parser.Names,
            Values = parser.Values,
        };
    }

    // a = b + :c
    private void ParseSet()
    {
        var path = ParsePath();
        Expect("=");
        _actions.Add(new SetAction(path, ParseSum()));
    }

    private void ParseRemove() => _actions.Add(new RemoveAction(ParsePath()));

    // counter :one
    private void ParseAdd() => _actions.Add(new AddAction(ParsePath(), ParseValuePlaceholder()));

    private void ParseDelete() => _actions.Add(new DeleteAction(ParsePath(), ParseValuePlaceholder()));

    private Operand ParseSum()
    {
        var left = ParseOperand();
        return Current.Is("+") || Current.Is("-")
            ? new ArithmeticOperand(left, subtract: Take().Text == "-", right: ParseOperand())
            : left;
    }

    private Operand ParseOperand()
    {
        if (TakeSymbol("("))
        {
            var inner = ParseSum();
            Expect(")");
            return inner;
        }

        if (Current.Kind == TokenKind.ValuePlaceholder)
        {
            return ParseValuePlaceholder();
        }

        return Current.Kind == TokenKind.Identifier && Following.Is("(") ? ParseFunction() : new PathOperand(ParsePath());
    }

    private Operand ParseFunction()
    {
        var name = Take().Text;
        Expect("(");
        var arguments = new List<Operand>();
        do
        {
            arguments.Add(ParseOperand());
        }
        while (TakeSymbol(","));
        Expect(")");

        if (name is not ("if_not_exists" or "list_append"))
        {
            Note(ErrorKind.UnknownFunction, $"Invalid function name; function: {name}");
            return arguments[0];
        }

        if (arguments.Count != 2)
        {
            Note(
                ErrorKind.Operands,
                $"Incorrect number of operands for operator or function; operator or function: {name}, number of operands: {arguments.Count}");
            return arguments[0];
        }

        if (name == "list_append")
        {
            return new ListAppendOperand(arguments[0], arguments[1]);
        }

        if (arguments[0] is PathOperand path)
        {
            return new IfNotExistsOperand(path.Path, arguments[1]);
        }

        Note(ErrorKind.Operands, $"Operator or function requires a document path; operator or function: {name}");
        return arguments[1];
    }
}
