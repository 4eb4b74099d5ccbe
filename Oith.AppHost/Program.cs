using Oith.AppHost.SingleProcess;

return await SingleProcessCommand.RunAsync(args);
