using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>All functions; every read and change happens under its lock, every change is kept in the journal first.</summary>
internal sealed class FunctionStore : IDisposable
{
    private const string Kind = "function";

    private readonly Dictionary<string, LambdaFunction> _functions = new(StringComparer.Ordinal);
    private readonly StateJournal _journal;
    private readonly Arn _arn;

    public FunctionStore(JournalFactory journals, Arn arn)
    {
        _arn = arn;
        _journal = new StateJournal(journals.Open("lambda"));
        foreach (var (name, function) in _journal.Restore(Kind, LambdaJsonContext.Default.LambdaFunction))
        {
            _functions[name] = function;
        }
    }

    public Lock Lock { get; } = new();

    public IEnumerable<LambdaFunction> All => _functions.Values.OrderBy(function => function.Name, StringComparer.Ordinal);

    public string ArnOf(FunctionName name) => _arn.Of("lambda", $"function:{name.Name}") + (name.Qualifier is null ? "" : $":{name.Qualifier}");

    public LambdaFunction? Find(string name) => _functions.GetValueOrDefault(name);

    /// <summary>The function, whatever the qualifier.</summary>
    /// <exception cref="AwsServiceException">ResourceNotFoundException.</exception>
    public LambdaFunction Get(FunctionName name) => Find(name.Name) ?? throw LambdaErrors.FunctionNotFound(ArnOf(name));

    public void Save(LambdaFunction function)
    {
        _journal.Put(Kind, function.Name, function, LambdaJsonContext.Default.LambdaFunction);
        _functions[function.Name] = function;
    }

    public void Delete(LambdaFunction function)
    {
        _journal.Remove(Kind, function.Name);
        _functions.Remove(function.Name);
    }

    public void Dispose() => _journal.Dispose();
}
