#include "engine/base/secret_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/base/file.hpp"
#include "engine/base/pem.hpp"

namespace erario {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

class SecretFile : public ::testing::Test {
 protected:
  SecretFile() { fs::create_directories(folder_); }
  ~SecretFile() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& text, int mode = 0600) const {
    fs::remove(path("secret"));
    std::ofstream(path("secret"), std::ios::binary) << text;
    fs::permissions(path("secret"), fs::perms(mode));
    return path("secret");
  }
  void openssl(const std::string& words) const {
    ASSERT_EQ(std::system(
                  ("cd " + folder_.string() + " && umask 077 && openssl " + words + " 2>/dev/null")
                      .c_str()),
              0);
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("erario-secret-" + std::to_string(::getpid()));
};

TEST_F(SecretFile, HoldsOneLineOfPrintableAscii) {
  for (const std::string& end : {""s, "\n"s, "\r\n"s}) {
    const auto secret = read_secret_line(write("clave con blanco ~!" + end));
    ASSERT_TRUE(secret.ok()) << secret.error().detail;
    EXPECT_EQ(secret->reveal(), "clave con blanco ~!");
  }
  for (const std::string& text :
       {"\xef\xbb\xbf"s + "clave", "cla\0ve"s, " clave"s, "clave "s, "\tclave"s, "cla\tve"s,
        "contrase\xc3\xb1"s + "a", "\xff\xfe"s, "clave\notra"s, "\nclave"s, "\n"s, "clave\n\n"s}) {
    const auto secret = read_secret_line(write(text));
    ASSERT_FALSE(secret.ok()) << text;
    EXPECT_EQ(secret.error().code, ErrorCode::kConfigInvalid);
    EXPECT_EQ(secret.error().detail.find("clave"), std::string::npos) << "no secret is shown";
  }
}

TEST_F(SecretFile, IsForTheEyesOfItsOwner) {
  for (const int mode : {0600, 0400})
    EXPECT_TRUE(read_secret_file(write("clave", mode)).ok());
  for (const int mode : {0640, 0604, 0644, 0620, 0602, 0610}) {
    const auto secret = read_secret_file(write("clave", mode));
    ASSERT_FALSE(secret.ok()) << mode;
    EXPECT_EQ(secret.error().detail, "may be read by others; chmod 600 it");
  }
  // As a package installs it: of another user, for the group of the program. Only root gives files
  // away.
  for (const auto& [mode, taken] :
       {std::pair{0640, true}, {0440, true}, {0644, false}, {0660, false}}) {
    const std::string file = write("clave", mode);
    if (::chown(file.c_str(), 65'534, 0) != 0) break;
    EXPECT_EQ(read_secret_file(file).ok(), taken) << mode;
  }
}

TEST_F(SecretFile, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(read_secret_file("/nowhere").error().detail, "cannot be read: there is no such file");
  EXPECT_EQ(read_secret_file(write("")).error().detail, "is empty");
  EXPECT_TRUE(read_secret_file(write(std::string(kSecretBytesMax, 'x'))).ok());
  EXPECT_EQ(read_secret_file(write(std::string(kSecretBytesMax + 1, 'x'))).error().detail,
            "is larger than 64 KiB");
  EXPECT_FALSE(read_secret_file(folder_.string()).ok());
}

TEST_F(SecretFile, OfAnyKindIsReadAsFarAsItsLimit) {
  const std::string file = write(std::string(100'000, 'x'));
  EXPECT_EQ(read_whole_file(file, 100'000)->size(), 100'000U);
  EXPECT_EQ(read_whole_file(file, 64U << 10U).error().detail, "is larger than 64 KiB");
  EXPECT_EQ(read_whole_file(file, 99'999).error().detail, "is larger than 99999 bytes");
  EXPECT_EQ(read_whole_file(file, 99'999).error().code, ErrorCode::kBodyTooLarge);
  EXPECT_EQ(read_whole_file("/nowhere", 1).error().code, ErrorCode::kIo);
  EXPECT_EQ(read_whole_file(folder_.string(), 1).error().code, ErrorCode::kIo);
  EXPECT_EQ(size_text(4U << 20U), "4 MiB");
}

TEST_F(SecretFile, AnEncryptedKeyIsNeverAskedAboutAtTheTerminal) {
  openssl("genpkey -algorithm ed25519 -out plain.pem");
  openssl("pkey -in plain.pem -aes256 -passout pass:ficticia -out locked.pem");
  EXPECT_TRUE(read_private_key(path("plain.pem")).ok());
  EXPECT_TRUE(read_private_key(path("locked.pem"), Secret("ficticia")).ok());
  EXPECT_EQ(read_private_key(path("locked.pem")).error().detail,
            "is encrypted; it must be stored without a passphrase");
  EXPECT_EQ(read_private_key(path("locked.pem"), Secret("otra")).error().detail,
            "is encrypted; another passphrase opens it");
  EXPECT_EQ(read_private_key(write("nonsense")).error().detail,
            "is no PEM file with a private key");
}

TEST_F(SecretFile, AuthoritiesAreReadAsFarAsOneMebibyte) {
  openssl("req -x509 -newkey ed25519 -nodes -keyout key.pem -out one.pem -subj /CN=one");
  std::ifstream one(path("one.pem"));
  const std::string pem((std::istreambuf_iterator<char>(one)), {});
  EXPECT_EQ(read_certificates(write("a comment\n" + pem + pem, 0644))->size(), 2U);
  for (const auto& [text, rule] :
       {std::pair{""s, "is empty"s},
        {"hola"s, "is no PEM file with certificates"s},
        {pem + pem.substr(0, 200), "has a certificate that cannot be read"s},
        {pem + std::string(kCertificateFileBytesMax, '\n'), "is larger than 1 MiB"s}}) {
    const auto read = read_certificates(write(text, 0644));
    ASSERT_FALSE(read.ok()) << rule;
    EXPECT_EQ(read.error().detail, rule);
  }
}

}  // namespace
}  // namespace erario
