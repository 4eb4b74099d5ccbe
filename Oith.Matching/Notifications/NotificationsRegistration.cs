namespace Oith.Matching.Notifications;

internal static class NotificationsRegistration
{
    /// <summary>Registers the sender of push notifications.</summary>
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddSingleton<NotificationSender>();
        return services;
    }
}
