// ProjectLaunchArgsOverrideAnnotation is for evaluation; without it each project costs a 'dotnet run' process.
#pragma warning disable ASPIREPROJECTS001
using System.Xml.Linq;

namespace Aspire.Hosting;

/// <summary>Starts projects without the <c>dotnet run</c> process around them.</summary>
public static class BuiltAssemblyBuilderExtensions
{
    /// <summary>
    /// Starts the assembly that is built already, which saves the memory and the start of a <c>dotnet run</c> process. A project that is
    /// not built
    /// is started as usual.
    /// </summary>
    public static IResourceBuilder<T> WithBuiltAssembly<T>(this IResourceBuilder<T> builder) where T : ProjectResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ApplicationBuilder.ExecutionContext.IsRunMode
            && FindAssembly(builder.Resource.GetProjectMetadata().ProjectPath, AppContext.BaseDirectory) is { } assembly
            ? builder.WithAnnotation(new ProjectLaunchArgsOverrideAnnotation(["exec", assembly]))
            : builder;
    }

    /// <summary>
    /// Returns the project's built assembly, or null. The configuration and framework are those that the app host is built with.
    /// </summary>
    /// <param name="baseDirectory">The app host's output folder: <c>…/bin/Debug/net10.0/</c>.</param>
    internal static string? FindAssembly(string projectPath, string baseDirectory)
    {
        if (!File.Exists(projectPath))
        {
            return null;
        }

        var name = XDocument.Load(projectPath).Descendants("AssemblyName").FirstOrDefault()?.Value
            ?? Path.GetFileNameWithoutExtension(projectPath);
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(baseDirectory));
        // The project's own output before the copy beside the app host: a rebuild of the project writes only the former.
        string[] candidates =
        [
            Path.Combine(Path.GetDirectoryName(projectPath)!, "bin", output.Parent?.Name ?? "", output.Name, $"{name}.dll"),
            Path.Combine(baseDirectory, $"{name}.dll"),
        ];
        return candidates.FirstOrDefault(path => File.Exists(path) && File.Exists(Path.ChangeExtension(path, ".runtimeconfig.json")));
    }
}
