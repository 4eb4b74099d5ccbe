using System.Collections.Immutable;

namespace Aspire.Hosting.LocalCloud;

/// <summary>What the dashboard shows of a resource in LocalCloud's process.</summary>
internal static class LocalCloudSnapshots
{
    /// <summary>
    /// Returns the snapshot with the state of its parent. Aspire hands the state of a container on to the resources in it, but not that of a
    /// project.
    /// </summary>
    public static CustomResourceSnapshot InStateOf(this CustomResourceSnapshot snapshot, CustomResourceSnapshot parent) => snapshot with
    {
        State = parent.State,
        StartTimeStamp = parent.StartTimeStamp,
        StopTimeStamp = parent.StopTimeStamp,
    };

    /// <summary>Returns the link to a page of the console, once LocalCloud has an address.</summary>
    public static ImmutableArray<UrlSnapshot> ConsoleLink(this LocalCloudResource localCloud, string page, string text)
    {
        if (!localCloud.PrimaryEndpoint.IsAllocated)
        {
            return [];
        }

        var url = localCloud.PrimaryEndpoint.Url + LocalCloudResource.ConsolePath + page;
        return [new UrlSnapshot(Name: null, url, IsInternal: false) { DisplayProperties = new(text, 0) }];
    }
}
