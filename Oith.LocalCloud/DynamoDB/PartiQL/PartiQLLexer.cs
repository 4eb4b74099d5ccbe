using System.Text;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.PartiQL;

internal enum PartiQLTokenKind
{
    End,

    /// <summary><c>name</c>, and keywords, which the parser tells apart by where they stand.</summary>
    Identifier,

    /// <summary><c>"name"</c></summary>
    QuotedIdentifier,

    /// <summary><c>'text'</c></summary>
    Text,
    Number,

    /// <summary><c>?</c></summary>
    Parameter,
    Symbol,
}

/// <param name="Text">Without quotes.</param>
internal readonly record struct PartiQLToken(PartiQLTokenKind Kind, string Text)
{
    public bool Is(string symbol) => Kind == PartiQLTokenKind.Symbol && Text == symbol;

    public bool IsKeyword(string keyword) => Kind == PartiQLTokenKind.Identifier && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Cuts a statement into tokens: <c>SELECT a FROM "t"."i" WHERE b = 'it''s' AND c &gt;= ?</c>.</summary>
internal static class PartiQLLexer
{
    private static readonly string[] s_symbols = ["<<", ">>", "<>", "!=", "<=", ">=", "<", ">", "=", "{", "}", "[", "]", "(", ")", ",", ":", ".", "+", "-", "*"];

    public static List<PartiQLToken> Read(string statement)
    {
        var tokens = new List<PartiQLToken>();
        var position = 0;
        while (true)
        {
            while (position < statement.Length && (char.IsWhiteSpace(statement[position]) || statement[position] == ';'))
            {
                position++;
            }

            if (position == statement.Length)
            {
                tokens.Add(new PartiQLToken(PartiQLTokenKind.End, ""));
                return tokens;
            }

            tokens.Add(ReadToken(statement, ref position));
        }
    }

    private static PartiQLToken ReadToken(string statement, ref int position)
    {
        var first = statement[position];
        if (first is '\'' or '"')
        {
            return new PartiQLToken(
                first == '"' ? PartiQLTokenKind.QuotedIdentifier : PartiQLTokenKind.Text, ReadQuoted(statement, ref position, first));
        }

        if (first == '?')
        {
            position++;
            return new PartiQLToken(PartiQLTokenKind.Parameter, "?");
        }

        if (char.IsAsciiLetter(first) || first == '_')
        {
            return new PartiQLToken(PartiQLTokenKind.Identifier, ReadWhile(statement, ref position, static (c, _) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$'));
        }

        if (char.IsAsciiDigit(first))
        {
            return new PartiQLToken(
                PartiQLTokenKind.Number,
                ReadWhile(statement, ref position, static (c, before) => char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' || (c is '+' or '-' && before is 'e' or 'E')));
        }

        foreach (var symbol in s_symbols)
        {
            if (statement.AsSpan(position).StartsWith(symbol, StringComparison.Ordinal))
            {
                position += symbol.Length;
                return new PartiQLToken(PartiQLTokenKind.Symbol, symbol);
            }
        }

        throw Error($"Unexpected token {first}");
    }

    public static AwsServiceException Error(string detail) => DynamoDBError.Validation($"Statement wasn't well formed, can't be processed: {detail}");

    private static string ReadWhile(string statement, ref int position, Func<char, char, bool> belongs)
    {
        var start = position++;
        while (position < statement.Length && belongs(statement[position], statement[position - 1]))
        {
            position++;
        }

        return statement[start..position];
    }

    // A doubled quote stands for one.
    private static string ReadQuoted(string statement, ref int position, char quote)
    {
        var text = new StringBuilder();
        for (position++; position < statement.Length; position++)
        {
            if (statement[position] != quote)
            {
                text.Append(statement[position]);
            }
            else if (position + 1 < statement.Length && statement[position + 1] == quote)
            {
                text.Append(quote);
                position++;
            }
            else
            {
                position++;
                return text.ToString();
            }
        }

        throw Error("Unterminated text");
    }
}
