#pragma warning disable ASPIREINTERACTION001 // Inputs of parameters are for evaluation; without them a number would be asked for as text.
using System.Globalization;

namespace Oith.AppHost;

/// <summary>What can be changed on the dashboard while all runs; the options of the command line are the first values.</summary>
internal sealed record Parameters(
    IResourceBuilder<ParameterResource> AlertEmail, IResourceBuilder<ParameterResource> Users, IResourceBuilder<ParameterResource> Seed)
{
    /// <exception cref="DistributedApplicationException">What was entered is no such number.</exception>
    public async Task<int> ReadUsersAsync(CancellationToken cancellationToken) =>
        TryParseUsers(await Users.Resource.GetValueAsync(cancellationToken), 0, out var users, out var problem)
            ? users
            : throw new DistributedApplicationException(problem);

    /// <exception cref="DistributedApplicationException">What was entered is no such number.</exception>
    public async Task<ulong> ReadSeedAsync(CancellationToken cancellationToken)
    {
        var text = await Seed.Resource.GetValueAsync(cancellationToken);
        return ulong.TryParse(text, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : throw new DistributedApplicationException($"seed is {text}; it must be a whole number of 0 or more.");
    }

    public static bool TryParseUsers(string? text, int fewest, out int users, out string problem)
    {
        problem = $"users is {text}; it must be from {fewest} to {AppHostOptions.MostUsers}.";
        return int.TryParse(text, CultureInfo.InvariantCulture, out users) && users >= fewest && users <= AppHostOptions.MostUsers;
    }
}

internal static class ParametersBuilderExtensions
{
    public static Parameters AddParameters(this IDistributedApplicationBuilder builder, AppHostOptions options) => new(
        builder.AddParameter("alert-email", options.AlertEmail)
            .WithDescription("Who gets the alarms' e-mails, which LocalCloud captures. After a change deploy infrastructure-stack again.")
            .WithInput(InputType.Text, "Alarms go to"),
        builder.AddParameter("users", options.Users.ToString(CultureInfo.InvariantCulture))
            .WithDescription("How many synthetic users are seeded into an empty table, when LocalCloud starts.")
            .WithInput(InputType.Number, "Synthetic users"),
        builder.AddParameter("seed", options.Seed.ToString(CultureInfo.InvariantCulture))
            .WithDescription("What synthetic users are drawn from: the same seed gives the same users.")
            .WithInput(InputType.Number, "Seed"));

    private static IResourceBuilder<ParameterResource> WithInput(
        this IResourceBuilder<ParameterResource> parameter, InputType type, string label) =>
        parameter.WithCustomInput(resource => new InteractionInput
        {
            Name = resource.Name,
            Label = label,
            Description = resource.Description,
            InputType = type,
            Required = true,
        });
}
