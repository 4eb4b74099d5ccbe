using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Syntax;

internal enum TokenKind
{
    End,
    Name,
    Variable,
    Operator,
    String,
    Number,
    Value,
    Regex,
}

/// <summary>A word of an expression.</summary>
/// <param name="Text">The name, the operator, the string or the pattern of a regular expression.</param>
/// <param name="Literal">The value of a literal.</param>
/// <param name="Flags">The flags of a regular expression.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Position, AslValue? Literal = null, string Flags = "")
{
    public bool Is(string symbol) => Kind == TokenKind.Operator && Text == symbol;
}
