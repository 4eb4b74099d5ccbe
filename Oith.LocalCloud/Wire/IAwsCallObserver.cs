namespace Oith.LocalCloud.Wire;

/// <summary>Sees every call of one service after it ended; must be quick.</summary>
internal interface IAwsCallObserver
{
    /// <summary>The signing name.</summary>
    string Service { get; }

    /// <param name="error">What the service refused, null when it answered.</param>
    void Completed(AwsCall call, TimeSpan duration, AwsServiceException? error);
}
