namespace Oith.LocalCloud.DynamoDB.Expressions;

internal enum TokenKind
{
    End,

    /// <summary><c>age</c>, and keywords, which the parser tells apart by where they stand.</summary>
    Identifier,

    /// <summary><c>#name</c></summary>
    NamePlaceholder,

    /// <summary><c>:value</c></summary>
    ValuePlaceholder,
    Number,

    /// <summary><c>( ) [ ] , . = &lt;&gt; &lt; &lt;= &gt; &gt;= + -</c></summary>
    Symbol,
}

/// <param name="Start">Where the token begins in the expression.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Start)
{
    public int End => Start + Text.Length;

    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    public bool IsKeyword(string keyword) => Kind == TokenKind.Identifier && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Cuts an expression into tokens: <c>size(#a.b[2]) &gt;= :limit AND attribute_exists(c)</c>.</summary>
internal static class ExpressionLexer
{
    /// <exception cref="ExpressionException">A character that no token begins with.</exception>
    public static List<Token> Read(string text)
    {
        var tokens = new List<Token>();
        var position = 0;
        var unknown = -1;
        while (true)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position]))
            {
                position++;
            }

            if (unknown >= 0 && (unknown < tokens.Count - 1 || position == text.Length))
            {
                // One more token was read; the error shows it.
                throw Error(text, tokens, unknown);
            }

            if (position == text.Length)
            {
                tokens.Add(new Token(TokenKind.End, "", position));
                return tokens;
            }

            var start = position;
            var kind = KindOf(text, position);
            if (kind == TokenKind.Symbol)
            {
                position += SymbolLength(text, position);
            }
            else
            {
                position++;
                while (position < text.Length && IsNamePart(text[position]) && (kind != TokenKind.Number || char.IsAsciiDigit(text[position])))
                {
                    position++;
                }
            }

            if (kind == TokenKind.End)
            {
                position = start + 1;
                unknown = unknown < 0 ? tokens.Count : unknown;
            }

            tokens.Add(new Token(kind, text[start..position], start));
            var isBarePrefix = position - start == 1 && kind is (TokenKind.NamePlaceholder or TokenKind.ValuePlaceholder);
            if (isBarePrefix)
            {
                throw Error(text, tokens, tokens.Count - 1);
            }
        }
    }

    /// <summary>The error of a token that stands where it must not; it shows the tokens before and after.</summary>
    public static ExpressionException Error(string text, List<Token> tokens, int index)
    {
        var token = tokens[index];
        var from = tokens[Math.Max(0, index - 1)].Start;
        var to = tokens[Math.Min(tokens.Count - 1, index + 1)].End;
        return new ExpressionException(
            $"Syntax error; token: \"{(token.Kind == TokenKind.End && token.Text.Length == 0 ? "<EOF>" : token.Text)}\", near: \"{text[from..to].TrimEnd()}\"");
    }

    private static bool IsNamePart(char character) => char.IsAsciiLetterOrDigit(character) || character == '_';

    private static TokenKind KindOf(string text, int position) => text[position] switch
    {
        '#' => TokenKind.NamePlaceholder,
        ':' => TokenKind.ValuePlaceholder,
        >= '0' and <= '9' => TokenKind.Number,
        '(' or ')' or '[' or ']' or ',' or '.' or '=' or '<' or '>' or '+' or '-' => TokenKind.Symbol,
        var character when char.IsAsciiLetter(character) || character == '_' => TokenKind.Identifier,
        _ => TokenKind.End,
    };

    private static int SymbolLength(string text, int position) =>
        position + 1 < text.Length && text.AsSpan(position, 2) is ("<>" or "<=" or ">=") ? 2 : 1;
}
