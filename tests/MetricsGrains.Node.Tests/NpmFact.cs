using System.ComponentModel;
using System.Diagnostics;

namespace MetricsGrains.Node.Tests;

/// <summary>A test that needs Node.js and npm; skipped, and says why, where they are missing.</summary>
internal sealed class NpmFactAttribute : FactAttribute
{
    private static readonly string? Missing = Find();

    public NpmFactAttribute() => Skip = Missing;

    private static string? Find()
    {
        foreach (string tool in (string[])["node", "npm"])
        {
            try
            {
                using Process process = Process.Start(new ProcessStartInfo(tool, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
                process.WaitForExit();
            }
            catch (Win32Exception)
            {
                return $"needs {tool}, which is not on the PATH";
            }
        }
        return null;
    }
}
