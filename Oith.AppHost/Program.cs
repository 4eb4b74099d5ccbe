using Oith.Stack.SingleProcess;

return await SingleProcessCommand.RunAsync(args);
