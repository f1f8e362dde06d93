using System.Diagnostics;

namespace MetricsGrains.Browser.Tests;

/// <summary>Runs a line as a person who pasted it into a terminal would.</summary>
internal static class Shell
{
    public static async Task<string> RunAsync(string line)
    {
        var start = new ProcessStartInfo("sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(line);
        using Process shell = Process.Start(start)!;
        Task<string> errors = shell.StandardError.ReadToEndAsync();
        string answer = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        return shell.ExitCode == 0 ? answer : throw new InvalidOperationException($"{line}\nended with {shell.ExitCode}: {await errors}");
    }
}
