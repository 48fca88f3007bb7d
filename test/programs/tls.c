/* What a program that is linked with OpenSSL expects of an image: its libraries, and roots without being told where. */
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

static int roots(void) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (context == NULL || SSL_CTX_set_default_verify_paths(context) != 1) return -1;
  return sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(context)));
}

int main(void) {
  int told = roots();
  unsetenv("SSL_CERT_FILE");
  int untold = roots();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  int hashed = EVP_Digest("", 0, digest, &length, EVP_sha256(), NULL) == 1 && length == 32 && digest[0] == 0xe3;
  printf("%d roots, %d by OpenSSL's default path, hashed %d\n", told, untold, hashed);
  return !(told > 100 && untold == told && hashed);
}
