using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Tests.Sending;

public sealed class AnswerTextTests
{
    [Fact]
    public void Clean_SecretWithinASecret_GoesAsAWhole() =>
        Assert.Equal("token ••• refused", AnswerText.Clean("token ABCD-efgh-1234 refused", ["abcd", "abcd-EFGH-1234"]));

    [Theory]
    [InlineData("  a\r\n\tb\u0000\u001b[31mc  ", "a b [31mc")]
    [InlineData("", "")]
    [InlineData("\ud800x", "x")]
    public void Clean_ForeignText_IsOneLine(string text, string line) => Assert.Equal(line, AnswerText.Clean(text, []));

    [Fact]
    public void Clean_LongText_IsCutWithoutHalfACharacter()
    {
        string line = AnswerText.Clean(new string('x', 498) + "😀😀", []);
        Assert.Equal(new string('x', 498) + "…", line);
    }
}
