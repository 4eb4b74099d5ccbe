
namespace Oith.LocalCloud.S3;

internal static class S3Services
{
    public static IServiceCollection AddS3(this IServiceCollection services)
    {
        services.AddSingleton<S3Bodies>();
        services.AddSingleton<S3Store>();
        services.AddSingleton<MultipartUploads>();
        services.AddSingleton<S3BucketRequests>();
        services.AddSingleton<S3Copies>();
        services.AddSingleton<S3UploadRequests>();
        services.AddSingleton<S3ObjectRequests>();
        services.AddSingleton<S3Endpoint>();
        return services.AddAwsService<S3Service>();
    }

    /// <summary>Lets S3's requests go to S3 before any route is looked at.</summary>
    public static void UseS3(this WebApplication app)
    {
        var endpoint = app.Services.GetRequiredService<S3Endpoint>();
        app.Use(next => context => endpoint.HandleAsync(context, next));
    }
}
