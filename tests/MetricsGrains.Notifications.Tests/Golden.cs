using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MetricsGrains.Notifications.Tests;

/// <summary>Bodies as receivers get them, kept as files. MG_UPDATE_GOLDEN=1 writes them anew, to be read before they are committed.</summary>
internal static class Golden
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void AssertJson(string file, string json) => AssertText(file, JsonNode.Parse(json)!.ToJsonString(s_indented) + "\n");

    public static void AssertText(string file, string actual)
    {
        if (Environment.GetEnvironmentVariable("MG_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(Path.Combine(SourceFolder(), file), actual);
            return;
        }
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", file)), actual);
    }

    private static string SourceFolder()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MetricsGrains.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("no MetricsGrains.sln above the tests");
        }
        return Path.Combine(folder.FullName, "tests", "MetricsGrains.Notifications.Tests", "Golden");
    }
}
