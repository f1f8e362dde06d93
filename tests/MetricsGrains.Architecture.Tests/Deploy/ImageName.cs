namespace MetricsGrains.Architecture.Tests.Deploy;

internal static class ImageName
{
    /// <summary>A version that is numbered: what runs tomorrow is what was looked at today.</summary>
    public static void AssertPinned(string image)
    {
        int colon = image.LastIndexOf(':');
        Assert.True(colon > image.LastIndexOf('/'), $"{image} names no version");
        Assert.True(char.IsAsciiDigit(image[colon + 1]), $"{image}: '{image[(colon + 1)..]}' is no version");
    }
}
