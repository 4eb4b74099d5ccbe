using System.Globalization;
using System.Text.Json;
using Oith.StressTest.Crowds;

namespace Oith.StressTest.Load;

/// <summary>What the tool reads of an answer of the service.</summary>
/// <param name="Outcome">By the status code.</param>
/// <param name="Match">Number of the person in the hand; 0 when there is none, -1 when it is nobody of the crowd.</param>
/// <param name="Hand">What the answer says that the person holds; Empty when there is no match in it.</param>
/// <param name="Scanned">performance.scanned; -1 where there is none.</param>
/// <param name="IsFresh">True when the match was found for this answer and did not lie in the hand already.</param>
/// <param name="Request">State of a queued request; null in other answers.</param>
/// <param name="RetryAfter">When the service wants to be asked again; null when it does not say.</param>
internal readonly record struct Answer(Outcome Outcome, int Match, Hand Hand, int Scanned, bool IsFresh, RequestState? Request, TimeSpan? RetryAfter);

internal enum RequestState
{
    Queued,
    Completed,
    Failed,
}

/// <summary>Reads <c>{"match": {"email": …, "state": …} | null, "performance": {"source": …, "scanned": …}}</c> and the state of requests.</summary>
internal static class AnswerReader
{
    public static Answer Read(Outcome outcome, ReadOnlySpan<byte> body)
    {
        var answer = new Answer(outcome, 0, Hand.Empty, -1, IsFresh: false, Request: null, RetryAfter: null);
        var reader = new Utf8JsonReader(body);
        // 204 has no body.
        if (body.IsEmpty || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return answer;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("match"u8))
            {
                reader.Read();
                answer = ReadMatch(ref reader, answer);
            }
            else if (reader.ValueTextEquals("performance"u8))
            {
                reader.Read();
                answer = ReadPerformance(ref reader, answer);
            }
            else if (reader.ValueTextEquals("status"u8))
            {
                reader.Read();
                answer = answer with
                {
                    Request = reader.TokenType != JsonTokenType.String ? null
                        : reader.ValueTextEquals("completed"u8) ? RequestState.Completed
                        : reader.ValueTextEquals("failed"u8) ? RequestState.Failed
                        : RequestState.Queued,
                };
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return answer;
    }

    private static Answer ReadMatch(ref Utf8JsonReader reader, Answer answer)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return answer;
        }

        // The result of a request has no state: what is found there is undecided.
        var hand = Hand.Undecided;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("email"u8))
            {
                reader.Read();
                answer = answer with { Match = NumberOf(reader.ValueSpan) };
            }
            else if (reader.ValueTextEquals("state"u8))
            {
                reader.Read();
                hand = reader.ValueTextEquals("undecided"u8) ? Hand.Undecided : reader.ValueTextEquals("accepted"u8) ? Hand.Accepted : Hand.Connected;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return answer with { Hand = hand };
    }

    private static Answer ReadPerformance(ref Utf8JsonReader reader, Answer answer)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("scanned"u8))
            {
                reader.Read();
                answer = answer with { Scanned = reader.GetInt32() };
            }
            else if (reader.ValueTextEquals("source"u8))
            {
                reader.Read();
                answer = answer with { IsFresh = !reader.ValueTextEquals("hand"u8) };
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return answer;
    }

    /// <summary>user000042@oith.example is 42.</summary>
    public static int NumberOf(ReadOnlySpan<byte> email)
    {
        var at = email.IndexOf((byte)'@');
        return at > 4 && email.StartsWith("user"u8) && int.TryParse(email[4..at], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : -1;
    }
}
