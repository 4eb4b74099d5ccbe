using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Regions;

/// <summary>The API of another account or region, which may not have been called yet.</summary>
/// <param name="standard">The default's, which has the same services.</param>
internal sealed class RegionalApi(RegionalClouds clouds, AccountRegion place, IAwsApi standard) : IAwsApi
{
    public IAwsService? Find(string signingName) => standard.Find(signingName);

    public async ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken) =>
        await (await clouds.GetAsync(place)).Api.InvokeAsync(call, output, cancellationToken);

    public IAwsApi At(string arn) => standard.At(arn);
}
