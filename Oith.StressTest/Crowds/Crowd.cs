using Oith.StressTest.Load;

namespace Oith.StressTest.Crowds;

/// <summary>
/// All the people that the tool plays, and who is free to do what. A person does one thing at a time, and names in accept, pass and
/// block the match in the hand. Safe for all threads.
/// </summary>
internal sealed class Crowd
{
    /// <summary>Half of what the service allows, because its minute and this one begin at different times.</summary>
    private const int MatchRequestsAMinute = 9;

    private const int Tries = 16;

    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly Person[] _people;
    private readonly List<Person>[] _byHand;
    private readonly Queue<Person> _invited = new();
    private readonly Queue<Person> _asked = new();

    /// <param name="count">People 1…count.</param>
    public Crowd(int count, Random random)
    {
        _random = random;
        _people = new Person[count];
        _byHand = [.. Enum.GetValues<Hand>().Select(_ => new List<Person>())];
        for (var number = 1; number <= count; number++)
        {
            var person = new Person(number);
            _people[number - 1] = person;
            Add(person);
        }
    }

    public int Count => _people.Length;

    /// <summary>People with something in the hand and nothing under way.</summary>
    public int Holding
    {
        get
        {
            lock (_lock)
            {
                return _byHand[(int)Hand.Undecided].Count + _byHand[(int)Hand.Accepted].Count + _byHand[(int)Hand.Connected].Count;
            }
        }
    }

    public Person this[int number] => _people[number - 1];

    /// <summary>Draws what happens next and to whom, who is busy until <see cref="Return"/>.</summary>
    /// <param name="now">Seconds from the start of the run.</param>
    /// <returns>The operation to do, which is another where nobody can do the one asked for; null when everybody is busy.</returns>
    public (Operation Operation, Person Person)? Take(Operation operation, double now)
    {
        lock (_lock)
        {
            if (Find(operation, now) is { } person)
            {
                Busy(person, operation, now);
                return (operation, person);
            }

            // Nobody has a match to decide about: somebody asks for one. Nobody may ask any more: somebody opens the app.
            foreach (var instead in (ReadOnlySpan<Operation>)[Operation.Next, Operation.Status])
            {
                if (Find(instead, now) is { } other)
                {
                    Busy(other, instead, now);
                    return (instead, other);
                }
            }

            return null;
        }
    }

    /// <summary>Takes this user, for a look at what the decision of another user did.</summary>
    /// <returns>Null when they are busy.</returns>
    public Person? TryTake(int number)
    {
        lock (_lock)
        {
            if (Other(number) is not { Place: >= 0 } person)
            {
                return null;
            }

            Remove(person);
            return person;
        }
    }

    /// <summary>The person is free again and holds this now, as an answer told.</summary>
    public void Return(Person person, Hand hand, int match)
    {
        lock (_lock)
        {
            var former = (person.Hand, person.Match);
            person.Hand = hand;
            person.Match = hand is Hand.Empty or Hand.Unknown ? 0 : match;
            Add(person);
            if (former != (person.Hand, person.Match))
            {
                Follow(person, former.Match);
            }
        }
    }

    // What a change of one person's hand means for the other.
    private void Follow(Person person, int former)
    {
        switch (person.Hand)
        {
            case Hand.Undecided when Other(person.Match) is { } other:
                if (other.Hand == Hand.Accepted && other.Match == person.Number)
                {
                    _asked.Enqueue(person);
                }
                else if (other.Hand == Hand.Empty)
                {
                    _invited.Enqueue(other);
                }

                break;
            case Hand.Accepted when Other(person.Match) is { Hand: Hand.Undecided } other && other.Match == person.Number:
                _asked.Enqueue(other);
                break;
            case Hand.Connected when Other(person.Match) is { Place: >= 0 } other && other.Match == person.Number:
                Move(other, Hand.Connected);
                break;
            case Hand.Empty when former > 0 && Other(former) is { Place: >= 0, Hand: Hand.Connected } other && other.Match == person.Number:
                other.Match = 0;
                Move(other, Hand.Empty);
                break;
        }
    }

    private Person? Other(int number) => number >= 1 && number <= _people.Length ? _people[number - 1] : null;

    private Person? Find(Operation operation, double now) => operation switch
    {
        Operation.Status => Any(now, 0, Hand.Unknown, Hand.Undecided, Hand.Accepted, Hand.Connected) ?? Any(now, 0, Hand.Empty),
        Operation.Look => Any(now, 1, Hand.Unknown, Hand.Undecided, Hand.Accepted, Hand.Connected),
        Operation.Next => From(_invited, Hand.Empty, now, 1) ?? Any(now, 1, Hand.Empty),
        Operation.Accept => From(_asked, Hand.Undecided, now, 0) ?? Any(now, 0, Hand.Undecided),
        Operation.Pass => Any(now, 0, PassedBy(_random.Next(100))),
        Operation.Request => Any(now, 1, Hand.Empty),
        Operation.ReadProfile or Operation.UpdateProfile => Any(now, 0, Hand.Empty, Hand.Undecided, Hand.Accepted, Hand.Connected),
        Operation.Block => Any(now, 0, _random.Next(10) == 0 ? Hand.Connected : Hand.Undecided),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "Nobody does that of their own accord."),
    };

    private static Hand PassedBy(int percent) => percent switch
    {
        < 80 => Hand.Undecided,
        < 95 => Hand.Accepted,
        _ => Hand.Connected,
    };

    private Person? From(Queue<Person> queue, Hand hand, double now, int requests)
    {
        // Every other time only, or nobody else would ever be asked.
        while (queue.Count > 0 && _random.Next(2) == 0)
        {
            var person = queue.Dequeue();
            if (person.Place >= 0 && person.Hand == hand && MayAsk(person, now, requests))
            {
                return person;
            }
        }

        return null;
    }

    private Person? Any(double now, int requests, params ReadOnlySpan<Hand> hands)
    {
        var count = 0;
        foreach (var hand in hands)
        {
            count += _byHand[(int)hand].Count;
        }

        for (var attempt = 0; count > 0 && attempt < Tries; attempt++)
        {
            var at = _random.Next(count);
            foreach (var hand in hands)
            {
                var list = _byHand[(int)hand];
                if (at >= list.Count)
                {
                    at -= list.Count;
                    continue;
                }

                if (MayAsk(list[at], now, requests))
                {
                    return list[at];
                }

                break;
            }
        }

        return null;
    }

    private static bool MayAsk(Person person, double now, int requests) =>
        requests == 0 || now - person.CountedSince >= 60 || person.Counted < MatchRequestsAMinute;

    private void Busy(Person person, Operation operation, double now)
    {
        if (operation is Operation.Next or Operation.Look or Operation.Request)
        {
            if (now - person.CountedSince >= 60)
            {
                (person.CountedSince, person.Counted) = (now, 0);
            }

            person.Counted++;
        }

        Remove(person);
    }

    private void Move(Person person, Hand hand)
    {
        Remove(person);
        person.Hand = hand;
        Add(person);
    }

    private void Add(Person person)
    {
        var list = _byHand[(int)person.Hand];
        person.Place = list.Count;
        list.Add(person);
    }

    private void Remove(Person person)
    {
        var list = _byHand[(int)person.Hand];
        var last = list[^1];
        list[person.Place] = last;
        last.Place = person.Place;
        list.RemoveAt(list.Count - 1);
        person.Place = -1;
    }
}
