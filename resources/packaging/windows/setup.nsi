; The setup for one user of Windows, without administrator's rights. package.sh calls makensis with
; VERSION, PROGRAM (the built folder), ICON, KILOBYTES and SETUP.
;
;   setup.exe /S [/ASSOCIATE] [/D=C:\folder]      silent; /D last and without quotation marks
;   uninstall.exe /S [/DELETEREADINGS]            silent; the case list stays unless asked
;
; While the program runs, both change nothing and end with the status 2. The uninstaller goes on as a copy of
; itself, whose status nobody gets; with _?=C:\folder at the end it does not, and leaves uninstall.exe.

Target amd64-unicode
RequestExecutionLevel user
SetCompressor /SOLID lzma
!include MUI2.nsh
!include FileFunc.nsh
!include Sections.nsh
!insertmacro GetParameters
!insertmacro GetOptions
!include LogicLib.nsh

!define NAME "KOA Desktop"
!define ENTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define CLASSES "Software\Classes"
!define PICTURE "KOADesktop.Radiograph"
; platformdirs' folder of the program's data, and Qt's key of its settings
!define DATA "$LOCALAPPDATA\koa-desktop"
!define SETTINGS "Software\KOA Desktop"

Name "${NAME}"
OutFile "${SETUP}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${ENTRY}" "InstallLocation"
BrandingText "${NAME} ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey FileDescription "${NAME} Setup"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey CompanyName "The KOA Desktop authors"
VIAddVersionKey LegalCopyright "Apache License 2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\koa-desktop.exe"
!insertmacro MUI_PAGE_LICENSE "${PROGRAM}\_internal\LICENSE"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English

; Windows lets nobody write to the file of a program that runs.
!macro OpenForWriting FILE
  ${If} ${FileExists} "${FILE}"
    FileOpen $0 "${FILE}" a
    FileClose $0
  ${EndIf}
!macroend

; Goes on once the program is closed; otherwise an old executable would stay beside new libraries.
!macro WaitUntilClosed
  again:
  ClearErrors
  !insertmacro OpenForWriting "$INSTDIR\koa-desktop.exe"
  !insertmacro OpenForWriting "$INSTDIR\koa-desktop-cli.exe"
  ${If} ${Errors}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${NAME} is open. Close it and try again." \
      /SD IDCANCEL IDRETRY again
    SetErrorLevel 2
    Abort "${NAME} is open. Nothing was changed."
  ${EndIf}
!macroend

Section "${NAME}" SecProgram
  SectionIn RO
  !insertmacro WaitUntilClosed
  ; An earlier version's files would otherwise stay beside this one's.
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${PROGRAM}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${ENTRY}" DisplayName "${NAME}"
  WriteRegStr HKCU "${ENTRY}" DisplayVersion "${VERSION}"
  WriteRegStr HKCU "${ENTRY}" DisplayIcon "$INSTDIR\koa-desktop.exe"
  WriteRegStr HKCU "${ENTRY}" Publisher "The KOA Desktop authors"
  WriteRegStr HKCU "${ENTRY}" InstallLocation "$INSTDIR"
  WriteRegStr HKCU "${ENTRY}" UninstallString '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${ENTRY}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${ENTRY}" EstimatedSize ${KILOBYTES}
  WriteRegDWORD HKCU "${ENTRY}" NoModify 1
  WriteRegDWORD HKCU "${ENTRY}" NoRepair 1
SectionEnd

Section "Start menu" SecStartMenu
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\koa-desktop.exe"
SectionEnd

Section /o "Desktop shortcut" SecShortcut
  CreateShortcut "$DESKTOP\${NAME}.lnk" "$INSTDIR\koa-desktop.exe"
SectionEnd

; Offered under "Open with"; what opens these files by default stays as it is.
Section /o "Offer for DICOM files" SecAssociate
  WriteRegStr HKCU "${CLASSES}\${PICTURE}" "" "Radiograph"
  WriteRegStr HKCU "${CLASSES}\${PICTURE}\DefaultIcon" "" "$INSTDIR\koa-desktop.exe,0"
  WriteRegStr HKCU "${CLASSES}\${PICTURE}\shell\open\command" "" '"$INSTDIR\koa-desktop.exe" "%1"'
  WriteRegNone HKCU "${CLASSES}\.dcm\OpenWithProgids" "${PICTURE}"
  WriteRegNone HKCU "${CLASSES}\.dicom\OpenWithProgids" "${PICTURE}"
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
!insertmacro MUI_DESCRIPTION_TEXT ${SecProgram} "The program, its networks and samples."
!insertmacro MUI_DESCRIPTION_TEXT ${SecStartMenu} "An entry in the start menu."
!insertmacro MUI_DESCRIPTION_TEXT ${SecShortcut} "A shortcut on the desktop."
!insertmacro MUI_DESCRIPTION_TEXT ${SecAssociate} "Offer ${NAME} under Open with for .dcm and .dicom files."
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Function .onInit
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/ASSOCIATE" $1
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${SecAssociate}
  ${EndIf}
FunctionEnd

Section Uninstall
  !insertmacro WaitUntilClosed
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\koa-desktop.exe"
  Delete "$INSTDIR\koa-desktop-cli.exe"
  Delete "$INSTDIR\uninstall.exe"
  ; Only where nothing of the user's lies in it.
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  Delete "$DESKTOP\${NAME}.lnk"
  DeleteRegKey HKCU "${CLASSES}\${PICTURE}"
  DeleteRegValue HKCU "${CLASSES}\.dcm\OpenWithProgids" "${PICTURE}"
  DeleteRegValue HKCU "${CLASSES}\.dicom\OpenWithProgids" "${PICTURE}"
  DeleteRegKey HKCU "${ENTRY}"
  DeleteRegKey HKCU "${SETTINGS}"
  RMDir /r "${DATA}\Logs"

  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DELETEREADINGS" $1
  ${IfNot} ${Errors}
    RMDir /r "${DATA}"
  ${ElseIf} ${FileExists} "${DATA}\*"
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 \
      "Delete the list of cases with all readings too? They cannot be brought back." \
      /SD IDNO IDNO keep
    RMDir /r "${DATA}"
    keep:
  ${EndIf}
  RMDir "${DATA}"
SectionEnd
