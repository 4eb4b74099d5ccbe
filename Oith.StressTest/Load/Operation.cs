namespace Oith.StressTest.Load;

/// <summary>What a person does with the app.</summary>
internal enum Operation
{
    /// <summary>Opens the app: GET /api/match/status.</summary>
    Status,

    /// <summary>Looks at the match in the hand: POST /api/match/next, which returns it again.</summary>
    Look,

    /// <summary>Asks for a match with an empty hand: POST /api/match/next, which searches and presents.</summary>
    Next,

    /// <summary>POST /api/match/accept of the match in the hand.</summary>
    Accept,

    /// <summary>POST /api/match/pass of the match in the hand.</summary>
    Pass,

    /// <summary>Asks for a match in the background: POST /api/match/requests.</summary>
    Request,

    /// <summary>Looks what became of a request: GET /api/match/requests/{id}. Follows a request; no mix names it.</summary>
    Follow,

    /// <summary>GET /api/profiles/{email}.</summary>
    ReadProfile,

    /// <summary>PUT /api/profiles/{email}.</summary>
    UpdateProfile,

    /// <summary>POST /api/blocks of the match in the hand.</summary>
    Block,
}

/// <summary>What became of a request.</summary>
internal enum Outcome
{
    Ok,

    /// <summary>409: somebody else's decision was faster than this one. An answer, not an error.</summary>
    Overtaken,

    /// <summary>429.</summary>
    Refused,

    /// <summary>503: turned away before it was worked on, or a dependency is away.</summary>
    Unavailable,

    /// <summary>Any other 5xx.</summary>
    ServerError,

    /// <summary>Any other 4xx: the request or the model of the person was wrong.</summary>
    Rejected,

    /// <summary>No answer within the time limit.</summary>
    TimedOut,

    /// <summary>No connection, or one that broke.</summary>
    Disconnected,

    /// <summary>Not sent: as many requests as may be were under way.</summary>
    Shed,
}

internal static class Outcomes
{
    public static readonly Outcome[] All = Enum.GetValues<Outcome>();

    /// <summary>True for what a person would see as a failure.</summary>
    public static bool IsError(this Outcome outcome) => outcome is not (Outcome.Ok or Outcome.Overtaken);

    /// <summary>True when the service may have done it all the same.</summary>
    public static bool IsUncertain(this Outcome outcome) =>
        outcome is Outcome.Unavailable or Outcome.ServerError or Outcome.TimedOut or Outcome.Disconnected;
}
