using System.Diagnostics;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Telemetry;

/// <summary>
/// Requests belong to the trace of their caller. One without a trace is none of its own: a CLI's calls, the polling of a deployment, the
/// console page's looks and OTLP would fill every list of traces. What such a call starts (an execution, an invocation) begins a trace.
/// </summary>
internal static class CallerTraces
{
    private static readonly ActivitySource s_source = new("Oith.LocalCloud");

    public static void UseCallerTraces(this WebApplication app) => app.Use(next => context =>
        Activity.Current is { Recorded: true } activity && activity.ParentSpanId == default ? AnswerAsync(context, activity, next) : next(context));

    private static async Task AnswerAsync(HttpContext context, Activity request, RequestDelegate next)
    {
        request.IsAllDataRequested = false;
        request.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        Activity.Current = null;
        // AWS's own clients send X-Ray's header, which ASP.NET Core does not read.
        var caller = TraceContext.Parse(TraceContext.HeaderOf(context.Request));
        using var activity = caller == default ? null : s_source.StartActivity($"{context.Request.Method} {context.Request.Path}", ActivityKind.Server, caller);
        await next(context);
    }
}
