using System.Globalization;

namespace MetricsGrains.Silo.Tests;

/// <summary>How much a test does, from the environment.</summary>
internal static class TestSetting
{
    public static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : otherwise;
}
