using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Syntax;

/// <summary>What arguments a function takes: <c>&lt;s-nn?:s&gt;</c> is a string (else the context), a number and perhaps another.</summary>
internal sealed class Signature
{
    private const char Missing = 'm';

    private readonly Parameter[] _parameters;

    private Signature(Parameter[] parameters) => _parameters = parameters;

    private enum Quantity
    {
        One,
        Optional,
        OptionalLazy,
        Many,
    }

    /// <exception cref="JsonataException">A type parameter stands where none may.</exception>
    public static Signature Parse(string text, int position = 0)
    {
        var parameters = new List<Parameter>();
        for (var at = 1; at < text.Length && text[at] != ':'; at++)
        {
            switch (text[at])
            {
                case 's' or 'n' or 'b' or 'l' or 'o':
                    parameters.Add(new Parameter(text[at].ToString(), $"{text[at]}m"));
                    break;
                case 'a':
                    parameters.Add(new Parameter("a", "asnblfom"));
                    break;
                case 'f':
                    parameters.Add(new Parameter("f", "f"));
                    break;
                case 'j':
                    parameters.Add(new Parameter("j", "asnblom"));
                    break;
                case 'x':
                    parameters.Add(new Parameter("x", "asnblfom"));
                    break;
                case '(':
                    parameters.Add(Choice(text, ref at, position));
                    break;
                case '<':
                    SetSubtype(parameters, text, ref at, position);
                    break;
                case '-' or '?' or '+' when parameters.Count > 0:
                    parameters[^1] = parameters[^1].With(text[at]);
                    break;
            }
        }

        return new Signature([.. parameters]);
    }

    /// <summary>Puts the arguments in their places: fills in the context, wraps a single value where an array is wanted.</summary>
    /// <exception cref="JsonataException">T0410, T0411 or T0412: an argument does not fit.</exception>
    public AslValue?[] Validate(AslValue?[] arguments, AslValue? context)
    {
        Span<int> counts = stackalloc int[_parameters.Length];
        if (!Match(arguments, 0, 0, counts))
        {
            throw Mismatch(arguments);
        }

        var validated = new List<AslValue?>(Math.Max(_parameters.Length, arguments.Length));
        var index = 0;
        for (var i = 0; i < _parameters.Length; i++)
        {
            if (counts[i] == 0)
            {
                if (_parameters[i].UsesContext)
                {
                    validated.Add(_parameters[i].Allows(Symbol(context)) ? context : throw new JsonataException("T0411") { Index = index + 1 });
                }
                else
                {
                    validated.Add(arguments.ElementAtOrDefault(index++));
                }
            }

            for (var taken = 0; taken < counts[i]; taken++, index++)
            {
                var argument = arguments.ElementAtOrDefault(index);
                validated.Add(_parameters[i].Type == "a" ? AsArray(argument, _parameters[i], index) : argument);
            }
        }

        return [.. validated];
    }

    private static Parameter Choice(string text, ref int at, int position)
    {
        var end = ClosingBracket(text, at, '(', ')');
        var choice = text[(at + 1)..Math.Min(end, text.Length)];
        if (choice.Contains('<'))
        {
            throw new JsonataException("S0402", position + at) { Value = JsonataText.Quoted(choice) };
        }

        at = end;
        return new Parameter($"({choice})", choice + Missing);
    }

    private static void SetSubtype(List<Parameter> parameters, string text, ref int at, int position)
    {
        if (parameters.Count == 0 || parameters[^1].Type is not ("a" or "f"))
        {
            throw new JsonataException("S0401", position + at) { Value = parameters.Count == 0 ? null : JsonataText.Quoted(parameters[^1].Type) };
        }

        var end = ClosingBracket(text, at, '<', '>');
        parameters[^1] = parameters[^1] with { Subtype = text[(at + 1)..Math.Min(end, text.Length)] };
        at = end;
    }

    private static int ClosingBracket(string text, int start, char open, char close)
    {
        var depth = 1;
        var position = start;
        while (position < text.Length)
        {
            position++;
            if (position < text.Length && text[position] == close && --depth == 0)
            {
                break;
            }

            depth += position < text.Length && text[position] == open ? 1 : 0;
        }

        return position;
    }

    private static char Symbol(AslValue? value) => value?.Kind switch
    {
        null => Missing,
        AslKind.String => 's',
        AslKind.Number => 'n',
        AslKind.Boolean => 'b',
        AslKind.Null => 'l',
        AslKind.Array => 'a',
        AslKind.Function => 'f',
        _ => 'o',
    };

    // How a regular expression over the arguments' symbols would match: greedy, with backtracking.
    private bool Match(AslValue?[] arguments, int parameter, int argument, Span<int> counts)
    {
        if (parameter == _parameters.Length)
        {
            return argument == arguments.Length;
        }

        var one = _parameters[parameter];
        var most = 0;
        while (argument + most < arguments.Length && (most == 0 || one.Quantity == Quantity.Many) && one.Allows(Symbol(arguments[argument + most])))
        {
            most++;
        }

        var least = one.Quantity is Quantity.One or Quantity.Many ? 1 : 0;
        for (var taken = 0; taken <= most - least; taken++)
        {
            counts[parameter] = one.Quantity == Quantity.OptionalLazy ? least + taken : most - taken;
            if (Match(arguments, parameter + 1, argument + counts[parameter], counts))
            {
                return true;
            }
        }

        return false;
    }

    private JsonataException Mismatch(AslValue?[] arguments)
    {
        var goodTo = 0;
        foreach (var parameter in _parameters)
        {
            var fits = goodTo < arguments.Length && parameter.Allows(Symbol(arguments[goodTo]));
            if (!fits && parameter.Quantity is Quantity.One or Quantity.Many)
            {
                break;
            }

            goodTo += fits ? 1 : 0;
        }

        return new JsonataException("T0410") { Index = goodTo + 1, Value = JsonataException.Shown(arguments.ElementAtOrDefault(goodTo)) };
    }

    private static AslValue? AsArray(AslValue? argument, Parameter parameter, int index)
    {
        if (argument is null)
        {
            return null;
        }

        if (parameter.Subtype is { } subtype && !Fits(argument, subtype))
        {
            throw new JsonataException("T0412") { Index = index + 1, Value = JsonataException.Shown(argument), Type = TypeName(subtype) };
        }

        return argument.IsArray ? argument : AslValue.Array(argument);
    }

    private static bool Fits(AslValue argument, string subtype)
    {
        if (!argument.IsArray)
        {
            return subtype.Length == 1 && subtype[0] == Symbol(argument);
        }

        foreach (var item in argument.Items)
        {
            if (subtype.Length == 0 || Symbol(item) != subtype[0])
            {
                return false;
            }
        }

        return true;
    }

    private static string? TypeName(string subtype) => subtype switch
    {
        "a" => "arrays",
        "b" => "booleans",
        "f" => "functions",
        "n" => "numbers",
        "o" => "objects",
        "s" => "strings",
        _ => null,
    };

    /// <param name="Symbols">The symbols of the values that fit.</param>
    private sealed record Parameter(string Type, string Symbols)
    {
        public string? Subtype { get; init; }

        public bool UsesContext { get; init; }

        public Quantity Quantity { get; init; }

        public bool Allows(char symbol) => Symbols.Contains(symbol);

        public Parameter With(char modifier) => modifier switch
        {
            '-' => this with { UsesContext = true, Quantity = Quantity.Optional },
            '+' => this with { Quantity = Quantity.Many },
            _ => this with { Quantity = UsesContext ? Quantity.OptionalLazy : Quantity.Optional },
        };
    }
}
