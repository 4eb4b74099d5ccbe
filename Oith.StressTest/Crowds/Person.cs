using Oith.Stack.Population;

namespace Oith.StressTest.Crowds;

/// <summary>What the tool knows of one person that it plays.</summary>
/// <param name="number">From 1; it makes the e-mail.</param>
internal sealed class Person(int number)
{
    public int Number => number;

    public string Email { get; } = SyntheticPopulation.EmailOf(number);

    /// <summary>What the person holds, as far as the answers told.</summary>
    public Hand Hand { get; set; }

    /// <summary>Who is in the hand; 0 for nobody.</summary>
    public int Match { get; set; }

    /// <summary>Counts the versions of the profile that were sent.</summary>
    public int Revision { get; set; }

    /// <summary>Counts the requests that were sent, each to another instance of the service than the one before.</summary>
    public int Sent { get; set; }

    /// <summary>Place in the list of those with the same hand; -1 while a request of this person is under way.</summary>
    public int Place { get; set; } = -1;

    /// <summary>Beginning of the minute in which match requests are counted, in seconds from the start of the run.</summary>
    public double CountedSince { get; set; } = double.NegativeInfinity;

    public int Counted { get; set; }
}

internal enum Hand
{
    Empty,
    Undecided,
    Accepted,
    Connected,

    /// <summary>A request got no clear answer; the next look tells.</summary>
    Unknown,
}
