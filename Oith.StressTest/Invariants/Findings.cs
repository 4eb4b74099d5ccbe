using System.Globalization;

namespace Oith.StressTest.Invariants;

/// <summary>Collects what holds and what does not of one invariant.</summary>
internal sealed class Findings(string invariant)
{
    private const int MostExamples = 5;

    private readonly List<string> _examples = [];
    private int _checked;
    private int _violations;

    /// <summary>One thing that must be true.</summary>
    public void Expect(bool holds, FormattableString otherwise)
    {
        _checked++;
        if (holds)
        {
            return;
        }

        _violations++;
        if (_examples.Count < MostExamples)
        {
            _examples.Add(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }

    public InvariantCheck Read() => new(invariant, _checked, _violations, _examples);
}
