# escape=`

FROM mcr.microsoft.com/windows/nanoserver AS win`
dows
# one
#
# two
COPY testfile.txt c:\
RUN dir c:\ `
  # comment
  && echo "a`"b" ``
ENV A=x` y B=c:\windows\ C="`"z"
HEALTHCHECK NONE
ONBUILD HEALTHCHECK --retries=0 CMD curl -f http://localhost/ || exit 1
USER ContainerAdministrator
