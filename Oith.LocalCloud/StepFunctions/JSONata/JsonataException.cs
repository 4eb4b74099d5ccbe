using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>An expression could not be compiled or evaluated; the code is JSONata's: S0 syntax, T types, D data, U the budget.</summary>
internal sealed class JsonataException : Exception
{
    private readonly string? _message;

    public JsonataException(string code, int position = -1)
    {
        Code = code;
        Position = position;
    }

    /// <summary>An error whose text the expression gave.</summary>
    public JsonataException(string code, string message)
    {
        Code = code;
        _message = message;
        Position = -1;
    }

    public static JsonataException TooDeep =>
        new("U1001", "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as tail-recursive.");

    public static JsonataException TooLong => new("U1001", "Expression evaluation timeout: Check for infinite loop");

    public static JsonataException TooLarge => new("U1001", "The expression produced more data than an evaluation may hold.");

    public string Code { get; }

    /// <summary>Where in the expression; -1 when it is not known.</summary>
    public int Position { get; set; }

    /// <summary>The operator or the name of the function.</summary>
    public string? Token { get; set; }

    /// <summary>The value that does not fit, as JSON.</summary>
    public string? Value { get; init; }

    public string? Value2 { get; init; }

    /// <summary>The number of the argument, from 1.</summary>
    public int Index { get; init; }

    /// <summary>The type that was expected.</summary>
    public string? Type { get; init; }

    public override string Message => _message ?? JsonataErrors.Message(this);

    public static string Shown(AslValue? value) => value is null ? "undefined" : value.Kind == AslKind.Function ? "\"\"" : JsonataText.Json(value);
}
